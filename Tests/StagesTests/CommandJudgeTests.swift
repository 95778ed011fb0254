import Datasets
import Foundation
import JSON
import Recipes
import Settings
import Tasks
import TestSupport
import Testing
import Trace

@testable import Stages

@Suite("A program as a reward")
struct CommandJudgeTests {
  /// A judge from a script's body, run by sh.
  private func judge(_ script: String, timeout: Double = 5) -> CommandJudge {
    CommandJudge(
      ["/bin/sh", "-c", script].map(CommandWord.init), name: "judge", timeout: timeout)
  }

  private func samples(_ texts: String...) -> [JudgedSample] {
    texts.map {
      JudgedSample(
        sample: RewardSample(completion: $0, prompt: "p"),
        row: Row(id: 1, prompt: .text("p"), gold: "g"))
    }
  }

  /// Answers with the request's own id, the number of answers so far as score.
  private static let counting = """
    n=0; while read -r line; do n=$((n+1)); id=${line#*\\"id\\":}; id=${id%%,*}; \
    echo "{\\"id\\": $id, \\"score\\": $n}"; done
    """

  @Test("stays up and answers one completion after the other")
  func answers() throws {
    let judge = judge(Self.counting)
    #expect(try judge.judge(samples("a", "b"), in: .none) == [.score(1), .score(2)])
    #expect(try judge.judge(samples("c"), in: .none) == [.score(3)])
  }

  @Test("is told the sample, and may abstain")
  func request() throws {
    let folder = try TemporaryFolder()
    let file = folder.url.appending(path: "judge")
    let judge = judge(
      "read -r line; printf '%s' \"$line\" > \(file.path); echo '{\"id\": 1, \"abstain\": \"no idea\"}'"
    )
    let sample = RewardSample(
      completion: "a\nb \"c\"", prefix: "<think>", prompt: "p", finished: false, maxTokens: 9)
    let turns = [Message(role: "system", content: "s"), Message(role: "user", content: "q")]
    let row = Row(
      id: 5, prompt: .messages(turns), answer: "7.0", gold: "7",
      fields: [
        "type": "helpful", "level": .number("3.50"), "ok": .bool(true), "none": .null,
        "tests": .array([.object(["in": "1 2", "out": .number("12345678901234567890")])]),
      ])
    #expect(
      try judge.judge([JudgedSample(sample: sample, row: row)], in: .none) == [.abstain("no idea")])
    let object = try JSONSerialization.jsonObject(with: Data(contentsOf: file))
    let request = try #require(object as? [String: Any])
    #expect(request["completion"] as? String == "a\nb \"c\"")
    #expect(request["prompt"] as? String == "p" && request["prefix"] as? String == "<think>")
    #expect(request["gold"] as? String == "7" && request["type"] as? String == "helpful")
    #expect(request["finished"] as? Bool == false)
    #expect(request["answer"] as? String == "7.0" && request["solution"] == nil)
    #expect((request["messages"] as? [[String: String]])?.map { $0["content"] } == ["s", "q"])
    let text = try String(contentsOf: file, encoding: .utf8)
    let fields = """
      {"level":3.50,"none":null,"ok":true,\
      "tests":[{"in":"1 2","out":12345678901234567890}],"type":"helpful"}
      """
    #expect(text.contains("\"fields\":\(fields)"))
  }

  @Test(
    "an answer of another shape is an error with the reason",
    arguments: [
      ("hello", "judge: the answer is not {\"id\", \"score\"}: hello"),
      ("{\"id\": 2, \"score\": 1}", "judge: it answered question 2 when asked 1"),
      (
        "{\"id\": 1, \"score\": NaN}",
        "judge: the answer is not {\"id\", \"score\"}: {\"id\": 1, \"score\": NaN}"
      ),
      ("{\"id\": 1}", "judge: the answer needs one of score, abstain and error"),
      (
        "{\"id\": 1, \"score\": 1, \"error\": \"x\"}",
        "judge: the answer needs one of score, abstain and error"
      ),
      (
        "{\"id\": 1, \"score\": 1e999}",
        "judge: the answer is not {\"id\", \"score\"}: {\"id\": 1, \"score\": 1e999}"
      ),
    ])
  func malformed(line: String, reason: String) throws {
    let judge = judge("read -r x; echo '\(line)'; sleep 60")
    #expect(try judge.judge(samples("a"), in: .none) == [.error(reason)])
  }

  @Test("a program that gives no answer is asked again, after pauses, as often as was said")
  func retries() throws {
    let folder = try TemporaryFolder()
    let file = folder.url.appending(path: "tries")
    // Ends without an answer until it was started for the third time.
    let script = """
      read -r line; echo x >> \(file.path); id=${line#*\\"id\\":}; id=${id%%,*}; \
      if [ $(wc -l < \(file.path)) -lt 3 ]; then exit 9; fi; echo "{\\"id\\": $id, \\"score\\": 4}"; sleep 60
      """
    func judge(retries: Int) -> CommandJudge {
      CommandJudge(
        ["/bin/sh", "-c", script].map(CommandWord.init), name: "judge", timeout: 5, retries: retries
      )
    }
    let clock = ContinuousClock()
    var outcomes: [RewardOutcome] = []
    let time = try clock.measure { outcomes = try judge(retries: 2).judge(samples("a"), in: .none) }
    #expect(outcomes == [.score(4)])
    #expect(time > .milliseconds(1500), "half a second, then a whole one")
    try Data().write(to: file)
    #expect(
      try judge(retries: 1).judge(samples("a"), in: .none)
        == [.error("judge: the program ended with status 9 (tried 2 times)")])
    // What is no failure of the program is not asked for again.
    try Data("x\nx\n".utf8).write(to: file)
    #expect(try judge(retries: 5).judge(samples("a"), in: .none) == [.score(4)])
    let silly = CommandJudge(
      ["/bin/sh", "-c", "echo x >> \(file.path); read -r x; echo hello; sleep 60"]
        .map(CommandWord.init), name: "judge", timeout: 5, retries: 5)
    #expect(try silly.judge(samples("a"), in: .none)[0].name == "error")
    #expect(try String(contentsOf: file, encoding: .utf8).count == 8)
  }

  @Test("its own error is an error outcome, and it goes on")
  func ownError() throws {
    let judge = judge(
      "read -r x; echo '{\"id\": 1, \"error\": \"bad\"}'; read -r x; echo '{\"id\": 2, \"score\": 2}'"
    )
    #expect(try judge.judge(samples("a", "b"), in: .none) == [.error("bad"), .score(2)])
  }

  @Test("one that ends or cannot be started is an error, and is started again")
  func ends() throws {
    let judge = judge("read -r x; exit 3")
    let ended = RewardOutcome.error("judge: the program ended with status 3")
    #expect(try judge.judge(samples("a", "b"), in: .none) == [ended, ended])
    let missing = CommandJudge([CommandWord("/nowhere/judge")], name: "judge", timeout: 5)
    #expect(try missing.judge(samples("a"), in: .none)[0].name == "error")
  }

  @Test("one that does not answer, or does not read, is ended after its time")
  func late() throws {
    // The first answer has a minute more, for the start.
    let judge = judge(
      "read -r x; echo '{\"id\": 1, \"score\": 1}'; read -r x; sleep 600", timeout: 0.3)
    let clock = ContinuousClock()
    var outcomes: [RewardOutcome] = []
    let time = try clock.measure { outcomes = try judge.judge(samples("a", "b"), in: .none) }
    #expect(outcomes == [.score(1), .error("judge: no answer within 0.3 seconds")])
    #expect(time < .seconds(30))
    let deaf = self.judge("read -r x; echo '{\"id\": 1, \"score\": 1}'; sleep 600", timeout: 0.3)
    let long = String(repeating: "x", count: 1 << 20)
    #expect(
      try deaf.judge(samples("a", long), in: .none) == [
        .score(1), .error("judge: no answer within 0.3 seconds"),
      ])
  }

  @Test("it is killed with the judge, also when it ignores the end of its input")
  func killed() throws {
    let folder = try TemporaryFolder()
    let file = folder.url.appending(path: "judge")
    func run() throws {
      let judge = judge(
        "echo $$ > \(file.path); read -r x; echo '{\"id\": 1, \"score\": 1}'; while :; do sleep 1; done"
      )
      #expect(try judge.judge(samples("a"), in: .none) == [.score(1)])
    }
    try run()
    let text = try String(contentsOf: file, encoding: .utf8)
    let process = try #require(pid_t(text.trimmingCharacters(in: .whitespacesAndNewlines)))
    #expect(kill(process, 0) == -1 && errno == ESRCH)
  }
}
