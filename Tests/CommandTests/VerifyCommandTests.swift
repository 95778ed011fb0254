import Foundation
import Testing

@Suite("regimen verify")
struct VerifyCommandTests {
  @Test("a score, an abstention and a wrong answer all end with exit status 0")
  func outcomes() throws {
    try withProgram { program in
      let right = try program.run(
        "verify", "--kind", "numeric", "--gold", "0.5", "--answer", "So <answer>1/2</answer>",
        "--json")
      #expect(right.status == 0)
      #expect(right.json["outcome"] as? String == "score")
      #expect(right.json["score"] as? Double == 1)
      #expect(right.error.isEmpty)

      let wrong = try program.run(
        "verify", "--kind", "numeric", "--gold", "3", "--answer", "no idea", "--json")
      #expect(wrong.status == 0)
      #expect(wrong.json["score"] as? Double == 0)

      let abstained = try program.run(
        "verify", "--kind", "numeric", "--gold", "unclear", "--answer", "3", "--json")
      #expect(abstained.status == 0)
      #expect(abstained.json["outcome"] as? String == "abstain")
      #expect(abstained.json["score"] is NSNull)
      #expect((abstained.json["reason"] as? String)?.isEmpty == false)
    }
  }

  @Test("values may begin with a dash, look like options, or come from standard input")
  func dashes() throws {
    try withProgram { program in
      let negative = try program.run(
        "verify", "--kind", "numeric", "--gold", "-5", "--answer", "-5", "--json")
      #expect(negative.json["score"] as? Double == 1)
      let option = try program.run(
        "verify", "--kind", "numeric", "--gold", "--json", "--answer", "-v", "--json")
      #expect(option.json["outcome"] as? String == "abstain")
      let piped = try program.run(
        "verify", "--kind", "boxed", "--gold", "\\frac{1}{2}", "--answer", "-", "--json",
        input: "thus \\boxed{0.5}\n")
      #expect(piped.json["score"] as? Double == 1)
    }
  }

  @Test("an unknown kind is a usage error that lists the kinds")
  func unknownKind() throws {
    try withProgram { program in
      let result = try program.run("verify", "--kind", "fuzzy", "--gold", "1", "--answer", "1")
      #expect(result.status == 2)
      #expect(result.output.isEmpty)
      #expect(result.error.contains("There is no kind 'fuzzy'; there are numeric, boxed"))
    }
  }

  @Test("thoughts are no answer, as in stages, and neither is an empty text")
  func thoughts() throws {
    try withProgram { program in
      let cases: [(answer: [String], score: Double)] = [
        (["--answer", "<think>42"], 0), (["--answer", "<think>42</think>"], 0),
        (["--answer", "<think>41</think> 42"], 1), (["--answer", "41</think> 42"], 1),
        (["--answer", "42 <think>so"], 0), (["--answer", ""], 0), (["--answer="], 0),
        (["--answer=42"], 1),
      ]
      for item in cases {
        let result = try program.run(
          ["verify", "--kind", "numeric", "--gold", "42"] + item.answer + ["--json"])
        #expect(result.status == 0, "\(item.answer)")
        #expect(result.json["score"] as? Double == item.score, "\(item.answer)")
      }
    }
  }
}
