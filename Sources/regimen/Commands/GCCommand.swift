import ArgumentParser
import Insight
import Storage

struct GCCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "gc",
    abstract: "Deletes files below runs/ that nothing names any more.",
    discussion: """
      A process that died between writing a file and naming it leaves such files. Results and \
      checkpoints of runs stay: `regimen rm` removes runs. Nothing is deleted while runs or results \
      stand that the database does not know, since it may then be an old copy.
      """)

  @Flag(name: [.customShort("n"), .long], help: "Only say how much it would be.") var dryRun = false
  @Flag(help: "Delete also what the database does not know.") var force = false
  @OptionGroup var global: GlobalOptions

  func run() throws {
    guard let freed = try global.store().collect(dryRun: dryRun, force: force) else {
      throw CommandError(.heldByOther, "another process writes to the workspace; try again later")
    }
    let verb = dryRun ? "would delete" : "deleted"
    Output.line("\(verb) \(freed.files) files, \(Quantity.bytes(freed.bytes))")
  }
}
