import Datasets
import Foundation
import Host
import JSON
import Recipes
import Settings
import TestSupport
import Testing
import Workflow

@testable import Stages

@Suite("human_review")
struct HumanReviewTests {
  private let rows = (0..<4).map {
    Row(id: $0, prompt: .text("prompt \($0)"), completion: "reply \($0)", fields: ["type": "t"])
  }

  private func input(_ name: String, _ rows: [Row]) -> StageInput {
    StageInput(
      name: name, content: .artifact([rowsFile: FileContent(RowCoding.encode(rows))]), seed: 1)
  }

  private func review(
    _ values: [String: ConfigValue] = [:], _ edit: @escaping ([Row]) -> [Row]
  ) throws -> (rows: [Row], metrics: [String: Double]) {
    try review(values) { text in
      RowCoding.encode(edit(try RowCoding.decode(Data(text.utf8), name: "asked")))
    }
  }

  private func review(
    _ values: [String: ConfigValue] = [:], text edit: @escaping (String) throws -> Data
  ) throws -> (rows: [Row], metrics: [String: Double]) {
    let context = MemoryContext(
      stage: "check", inputs: ["data": [input("a", Array(rows[..<3])), input("b", [rows[3]])]])
    context.reviewing = { try edit(String(decoding: $0, as: UTF8.self)) }
    let output = try HumanReview.run(HumanReview.Config(values: values), in: context)
    let data = try #require(try output.artifacts["data"]?.files[rowsFile]?.data())
    return (
      try RowCoding.decode(data, name: "rows"),
      Dictionary(uniqueKeysWithValues: context.metrics.map { ($0.key.name, $0.value) })
    )
  }

  @Test("rows that come back as they were are the rows that were handed out, numbered through")
  func unchanged() throws {
    let (kept, metrics) = try review { $0 }
    #expect(kept.map(\.id) == [0, 1, 2, 3] && kept.map(\.completion) == rows.map(\.completion))
    #expect(metrics["rows"] == 4 && metrics["unchanged"] == 4 && metrics["kept"] == 4)
    #expect(metrics["edited"] == 0 && metrics["removed"] == 0 && metrics["added"] == 0)
    #expect(metrics["domains/t/samples"] == 4)
  }

  @Test("what people did is counted")
  func counts() throws {
    let (kept, metrics) = try review { asked in
      var edited = asked[1]
      edited.completion = "better"
      return [asked[0], edited, Row(id: 9, prompt: .text("new"), completion: "new")]
    }
    #expect(kept.map(\.completion) == ["reply 0", "better", "new"])
    #expect(metrics["unchanged"] == 1 && metrics["edited"] == 1 && metrics["added"] == 1)
    #expect(metrics["removed"] == 2 && metrics["kept"] == 3 && metrics["rows"] == 4)
  }

  @Test("whatever rows hold, their file comes back as it was handed out", arguments: 0..<40)
  func property(seed: Int) throws {
    var random = RandomRows(seed: UInt64(seed))
    let rows = (0..<12).map { random.row(id: $0) }
    #expect(try RowCoding.decode(RowCoding.encode(rows), name: "rows") == rows)
    let context = MemoryContext(stage: "check", inputs: ["data": [input("a", rows)]])
    let output = try HumanReview.run(
      HumanReview.Config(values: ["allow_added_rows": .bool(false)]), in: context)
    let data = try #require(try output.artifacts["data"]?.files[rowsFile]?.data())
    #expect(try RowCoding.decode(data, name: "rows") == rows && data == RowCoding.encode(rows))
    #expect(context.metrics[.init(step: 1, name: "unchanged")] == 12)
  }

  @Test("keys that no row has, and verifiers that do not exist, are located")
  func unknownNames() throws {
    func message(_ line: String) -> String {
      do {
        _ = try review(text: { Data("\($0.split(separator: "\n")[0])\n\(line)\n".utf8) })
        return "none"
      } catch { return "\(error)" }
    }
    let row = #""id": 1, "prompt": "p", "completion": "c""#
    #expect(
      message("{\(row), \"gol\": \"7\"}")
        == "review.jsonl:2: the key 'gol' is not a key of a row; did you mean 'gold'?")
    #expect(
      message("{\(row), \"annotator\": \"me\"}")
        == "review.jsonl:2: the key 'annotator' is not a key of a row; "
        + "your own columns belong in its 'fields'")
    #expect(message("{\(row), \"fields\": {\"annotator\": \"me\"}}") == "none")
    #expect(
      message("{\(row), \"gold\": \"7\", \"verifier\": \"numerik\"}")
        == "review.jsonl:2: the row 1 has the verifier 'numerik', which does not exist; "
        + "did you mean 'numeric'?")
    #expect(message("{\(row), \"gold\": \"7\", \"verifier\": \"boxed\"}") == "none")
  }

  @Test("a file that is no JSON lines gets the words that datasets have for it")
  func foreign() throws {
    let folder = try TemporaryFolder()
    let lines = RowCoding.encode(rows)
    let array = Data(
      "[\(String(decoding: lines.dropLast(), as: UTF8.self).replacing("\n", with: ",\n"))]".utf8)
    let wide = try #require(String(decoding: lines, as: UTF8.self).data(using: .utf16))
    for (data, words) in [(array, "one JSON array"), (wide, "UTF-16")] {
      let path = try folder.write("review.jsonl", data)
      let error = #expect(throws: DatasetError.self) {
        try ReviewedRows.read(data, path: path)
      }
      #expect(error?.message.contains(words) == true, "\(String(describing: error))")
    }
  }

  @Test("mistakes are located and say what to do")
  func mistakes() throws {
    func message(
      _ values: [String: ConfigValue] = [:], _ edit: @escaping ([Row]) -> [Row]
    ) -> String {
      do {
        _ = try review(values, edit)
        return "none"
      } catch { return "\(error)" }
    }
    #expect(
      message { [$0[0], $0[0]] }
        == "review.jsonl:2: the id 0 is already in line 1; give an added row a new id")
    #expect(
      message { rows in
        var row = rows[2]
        row.completion = nil
        return [row]
      } == "review.jsonl:1: the row 2 has lost its completion; write one, or remove the row")
    #expect(
      message(["allow_added_rows": .bool(false)]) { _ in
        [Row(id: 7, prompt: .text("x"), completion: "y")]
      }
        == "review.jsonl:1: the row 7 is not one of the exported rows; remove it, or set "
        + "allow_added_rows: true")
    #expect(message { _ in [] }.contains("no row passed"))
    let error = #expect(throws: DatasetError.self) {
      try review(text: { Data("\($0.split(separator: "\n")[0])\n{\"id\": 1,\n".utf8) })
    }
    #expect(
      error.map { "\($0)" }?.hasPrefix("review.jsonl:2") == true, "\(String(describing: error))")
  }
}
