import ArgumentParser
import Insight
import JSON
import Storage

struct MetricsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "metrics",
    abstract: "Prints the metrics of a run, in the order of stages and steps.",
    discussion: "Step k is the k-th update; step 0 is for values outside the steps.")

  @Argument(help: "An id, a unique prefix, a name, or @last.") var selector: String
  @Argument(help: "Only this stage.") var stage: String?
  @Option(help: ArgumentHelp("Only this metric.", valueName: "n")) var name: String?
  @Flag(help: "Print comma-separated values with a heading.") var csv = false
  @Flag(help: "Print JSON lines {\"stage\",\"step\",\"name\",\"value\"}.") var json = false
  @OptionGroup var global: GlobalOptions

  func validate() throws {
    if csv, json { throw ValidationError("Give one of --csv and --json.") }
  }

  func run() throws {
    let store = try global.store()
    let run = try store.run(selector: selector)
    if let stage { _ = try store.stage(stage, of: run) }
    if csv { Output.line("stage,step,name,value") }
    var table = TextTable(["stage", .right("step"), "name", .right("value")])
    try store.metrics(run: run.id, stage: stage, name: name) { metric in
      if json {
        Output.json(RunDocuments.metric(metric))
      } else if csv {
        Output.line(
          "\(metric.stage),\(metric.step),\(metric.name),\(metric.value.map { "\($0)" } ?? "")")
      } else {
        table.add([metric.stage, "\(metric.step)", metric.name, Quantity.number(metric.value)])
      }
    }
    if !json, !csv, !table.rows.isEmpty { Output.line(table.render()) }
  }
}
