import ArgumentParser
import Insight
import Storage

struct GCCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "gc",
    abstract: "Deletes files below runs/ that nothing refers to any more.",
    discussion: """
      A process that died between writing a file and recording it leaves such files. Results and \
      checkpoints of runs stay: `regimen rm` removes runs. Nothing is deleted while there are runs \
      or results that the database does not know, since it may be an old copy.
      """)

  @Flag(name: [.customShort("n"), .long], help: "Only say how much it would delete.")
  var dryRun = false
  @Flag(help: "Also delete files that the database does not know.") var force = false
  @OptionGroup var global: GlobalOptions

  func run() throws {
    guard let freed = try global.store().collect(dryRun: dryRun, force: force) else {
      throw CommandError(.heldByOther, "another process writes to the workspace; try again later")
    }
    let verb = dryRun ? "would delete" : "deleted"
    Output.line("\(verb) \(freed.files) files, \(Quantity.bytes(freed.bytes))")
  }
}
