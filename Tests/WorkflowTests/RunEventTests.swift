import Foundation
import Testing

@testable import Workflow

@Suite struct RunEventTests {
  private func json(_ event: RunEvent) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    return String(decoding: try encoder.encode(event), as: UTF8.self)
  }

  @Test("an event is a flat JSON object without what does not belong to it")
  func flat() throws {
    var event = RunEvent(.runFinished, run: "01k")
    event.status = "succeeded"
    event.exit = 0
    #expect(
      try json(event) == #"{"event":"run_finished","exit":0,"run":"01k","status":"succeeded"}"#)
  }

  @Test("a metric that is not finite is null")
  func null() throws {
    var event = RunEvent(.metrics, run: "01k", stage: "sft")
    event.metrics = ["loss": nil, "lr": 0.5]
    #expect(
      try json(event)
        == #"{"event":"metrics","metrics":{"loss":null,"lr":0.5},"run":"01k","stage":"sft"}"#)
  }
}
