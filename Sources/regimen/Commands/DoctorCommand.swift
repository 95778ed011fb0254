import ArgumentParser
import Insight
import Storage

struct DoctorCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "doctor",
    abstract: "Looks for damage in the workspace: database, objects, orphaned files.",
    discussion: "Status 0 if nothing is broken or everything was repaired, 6 otherwise.")

  @Flag(help: "Read every object and compare its bytes with its name.") var deep = false
  @Flag(help: "Set broken checkpoints and results aside, so that their stages run again.")
  var repair = false
  @OptionGroup var global: GlobalOptions

  func run() throws {
    let workspace = try global.workspace()
    // Before the database is opened for writing: what is malformed is not migrated either.
    let damage = Store.damage(workspace).map { Finding.database($0, workspace) }
    guard damage.isEmpty else {
      tell(damage)
      throw ExitStatus.workspace.exitCode
    }
    let store = try global.store(checkingCopy: false)
    let console = global.console
    let findings = try store.findings(deep: deep, repair: repair) { done, total in
      if done.isMultiple(of: 500) || done == total { console.detail("objects: \(done)/\(total)") }
    }
    tell(findings)
    guard !findings.contains(where: { $0.level == .error && !$0.isMended }) else {
      throw ExitStatus.workspace.exitCode
    }
    store.acceptAsOriginal()
  }

  private func tell(_ findings: [Finding]) {
    for finding in findings {
      Output.line("\(finding.level.rawValue): \(finding.message)\n  \(finding.remedy)")
    }
    guard findings.isEmpty else { return }
    Output.line("nothing is wrong" + (deep ? "" : "; --deep also reads every file's bytes"))
  }
}
