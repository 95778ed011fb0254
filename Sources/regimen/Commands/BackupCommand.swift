import ArgumentParser
import Insight
import Storage

struct BackupCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "backup",
    abstract: "Makes a consistent copy of the workspace while runs write to it.",
    discussion: """
      DIR is then a workspace of its own: `regimen -C DIR resume` continues there. On the same \
      disk, results and checkpoints are hard links, which take no room; --copy makes separate \
      files. Copying runs/ with \
      other tools is safe only while no run writes.
      """)

  @Argument(help: "An empty or new folder.") var folder: String
  @Flag(help: "Copy files that could be linked.") var copy = false
  @OptionGroup var global: GlobalOptions

  func run() throws {
    let console = global.console
    let backup = try global.store().backup(to: folder, copying: copy) { done, total in
      if done.isMultiple(of: 500) || done == total { console.detail("files: \(done)/\(total)") }
    }
    Output.line(
      "\(folder): \(backup.runs) runs, \(backup.files) files, \(Quantity.bytes(backup.bytes))")
  }
}
