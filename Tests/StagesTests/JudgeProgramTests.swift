import Datasets
import Foundation
import JSON
import Recipes
import Settings
import Synchronization
import Tasks
import TestSupport
import Testing
import Trace
import Workflow

@testable import Stages

@Suite("Programs that hang, talk or leave something behind")
struct JudgeProgramTests {
  private func judge(_ script: String, timeout: Double = 5, retries: Int = 0) -> CommandJudge {
    CommandJudge(
      ["/bin/sh", "-c", script].map(CommandWord.init), name: "mine", timeout: timeout,
      retries: retries, startAllowance: .zero)
  }

  private func samples(_ count: Int) -> [JudgedSample] {
    (0..<count).map {
      JudgedSample(
        sample: RewardSample(completion: "\($0)", tokens: [1, 2]),
        row: Row(id: 1, prompt: .text("p")))
    }
  }

  private func isAlive(_ process: pid_t) -> Bool { kill(process, 0) == 0 }

  private func processes(in file: String) throws -> [pid_t] {
    try String(contentsOfFile: file, encoding: .utf8).split(separator: "\n").compactMap {
      pid_t($0)
    }
  }

  /// Answers whatever it is asked.
  private static let answering = """
    while read -r line; do id=${line#*\\"id\\":}; id=${id%%,*}; \
    echo "{\\"id\\": $id, \\"score\\": 1}"; done
    """

  @Test("a stop is heard while an answer or a retry is waited for, and nothing is left running")
  func stop() throws {
    for (script, retries) in [
      ("echo $$ > FILE; read -r x; sleep 600", 0), ("echo $$ > FILE; exit 1", 20),
    ] {
      let folder = try TemporaryFolder()
      let file = folder.path("judge")
      let judge = judge(script.replacing("FILE", with: file), timeout: 600, retries: retries)
      let start = ContinuousClock.now
      let context = JudgingContext(
        mustStop: { start.duration(to: .now) > .milliseconds(400) }, log: { _ in })
      #expect(throws: StageStopped.self) { try judge.judge(samples(2), in: context) }
      #expect(start.duration(to: .now) < .seconds(2))
      for process in try processes(in: file) { #expect(!isAlive(process)) }
    }
  }

  @Test("a stop that would lose finished steps waits a moment for an answer, and no longer")
  func patience() throws {
    let context = MemoryContext(stage: "rl", inputs: [:])
    context.stopRequested = true
    let judging = JudgingContext.of(context, of: 1)
    #expect(
      try judge(Self.answering).judge(samples(3), in: judging) == [.score(1), .score(1), .score(1)])
    let start = ContinuousClock.now
    #expect(throws: StageStopped.self) {
      try judge("read -r x; sleep 600", timeout: 600).judge(samples(1), in: judging)
    }
    #expect(start.duration(to: .now) < .seconds(2))
  }

  @Test("three questions in a row that nobody answers are the last ones")
  func silent() throws {
    let error = #expect(throws: TrainingError.self) {
      try judge("read -r x; sleep 600", timeout: 0.2).judge(samples(100), in: .none)
    }
    #expect(
      error?.message.hasPrefix(
        "the program 'mine' answered none of 3 questions in a row; the last one: "
          + "no answer within 0.2 seconds. If a service that it calls was down, ") == true)
    // One that never starts is given up, too; one that fails now and then is not.
    #expect(throws: TrainingError.self) { try judge("exit 3").judge(samples(3), in: .none) }
    let moody = judge("read -r x; echo '{\"id\": 1, \"score\": 1}'; read -r x; exit 3")
    #expect(try moody.judge(samples(6), in: .none).count == 6)
  }

  @Test(
    "what a program may take to start is given once, not at each start", .timeLimit(.minutes(1)))
  func grace() throws {
    let hanging = CommandJudge(
      ["/bin/sh", "-c", "sleep 600"].map(CommandWord.init), name: "mine", timeout: 0.1, retries: 1,
      startAllowance: .milliseconds(1500))
    let clock = ContinuousClock()
    let time = clock.measure {
      #expect(throws: TrainingError.self) { try hanging.judge(samples(9), in: .none) }
    }
    // 3 questions, each tried twice for 0.1 s with a pause of 0.5 s, and 1.5 s once.
    #expect(time > .milliseconds(3500) && time < .seconds(7), "\(time)")
    // Of one that has answered, a start may take as much longer as its first answer took.
    let folder = try TemporaryFolder()
    let file = folder.path("judge")
    let slow = CommandJudge(
      [
        "/bin/sh", "-c",
        "echo x >> \(file); [ $(wc -l < \(file)) -gt 1 ] && sleep 600; sleep 0.5; \(Self.answering)",
      ].map(CommandWord.init), name: "mine", timeout: 0.3, startAllowance: .seconds(60))
    #expect(try slow.judge(samples(1), in: .none) == [.score(1)])
    let deaf = [
      JudgedSample(
        sample: RewardSample(completion: String(repeating: "x", count: 9)),
        row: Row(id: 1, prompt: .text("p")))
    ]
    #expect(try slow.judge(deaf, in: .none) == [.score(1)])
  }

  @Test("what it started is killed with it, in its group or out of it")
  func descendants() throws {
    guard FileManager.default.isExecutableFile(atPath: "/usr/bin/setsid") else { return }
    let folder = try TemporaryFolder()
    let file = folder.path("judge")
    do {
      let judge = judge(
        """
        : >> \(file); sh -c 'echo $$ >> \(file); exec sleep 600' & \
        setsid sh -c 'echo $$ >> \(file); exec sleep 600' & \
        (setsid sh -c 'echo $$ >> \(file); exec sleep 600' &); \
        while [ $(wc -l < \(file)) -lt 3 ]; do sleep 0.01; done; \(Self.answering)
        """)
      #expect(try judge.judge(samples(1), in: .none) == [.score(1)])
      #expect(try processes(in: file).count == 3)
      for process in try processes(in: file) { #expect(isAlive(process)) }
    }
    // Whoever takes them in may need a moment to bury them.
    for process in try processes(in: file) {
      for _ in 0..<100 where isAlive(process) && !isZombie(process) { usleep(10_000) }
      #expect(!isAlive(process) || isZombie(process))
    }
  }

  private func isZombie(_ process: pid_t) -> Bool {
    (try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8))?.contains(") Z ")
      ?? true
  }

  @Test(
    "its standard error is logged up to a point, without control characters, and never waited for")
  func errors() throws {
    let told = Mutex<[String]>([])
    let context = JudgingContext(
      mustStop: { false }, log: { line in told.withLock { $0.append(line) } })
    let judge = judge(
      """
      i=0; while [ $i -lt 40 ]; do printf 'line\\033[31m %s\\n' $i >&2; i=$((i+1)); done; \
      head -c 2000000 /dev/zero | tr '\\0' x >&2; echo >&2; \(Self.answering)
      """)
    #expect(try judge.judge(samples(2), in: context) == [.score(1), .score(1)])
    let lines = told.withLock { $0 }
    #expect(lines.count == 21 && lines[0] == "mine writes: line[31m 0")
    #expect(lines[20] == "mine keeps writing to its standard error; the rest is not logged")
  }

  @Test("the last line of its standard error says why it ended")
  func traceback() throws {
    let script = "read -r x; echo Traceback >&2; echo \"KeyError: 'tests'\" >&2; exit 1"
    #expect(
      try judge(script).judge(samples(1), in: .none)
        == [.error("mine: the program ended with status 1; it wrote: KeyError: 'tests'")])
  }

  @Test("scores that no mean can be made of are errors")
  func huge() throws {
    var spec = RewardSpec("mine")
    spec.command = ["/bin/sh", "-c", Self.answering.replacing(": 1}", with: ": -1e308}")]
      .map(CommandWord.init)
    let set = try RewardSet([spec])
    #expect(
      try set.judge(samples(1), step: 1)
        == [[.error("the score -1e+308 is beyond ±3.4e38, the range of 32-bit floats")]])
    #expect(RewardOutcome.score(-1e30).usable == .score(-1e30))
    #expect(RewardOutcome.score(.nan).usable.name == "error")
  }

  @Test("a group is one question, with a score or null for each completion")
  func groups() throws {
    func answer(_ text: String) throws -> [RewardOutcome] {
      try judge("read -r x; echo '\(text)'; sleep 60").judge(group: samples(3), in: .none)
    }
    #expect(
      try answer(#"{"id": 1, "scores": [0.5, null, 1]}"#)
        == [.score(0.5), .abstain("the program gave no score"), .score(1)])
    #expect(
      try answer(#"{"id": 1, "scores": [0.5]}"#)
        == Array(repeating: .error("mine: 1 scores for 3 completions"), count: 3))
    #expect(
      try answer(#"{"id": 1, "abstain": "no tests"}"#)
        == Array(repeating: .abstain("no tests"), count: 3))
    #expect(
      try answer(#"{"id": 1, "score": 1}"#)
        == Array(
          repeating: .error("mine: the answer needs one of scores, abstain and error"), count: 3))
    let request = JudgeRequest.group(samples(2))
    #expect(request["completions"] == .array(["0", "1"]))
    #expect(request["finished"] == .array([.bool(true), .bool(true)]))
    let ids = JSONValue.array([.number("1"), .number("2")])
    #expect(request["completion_ids"] == .array([ids, ids]) && request["completion"] == nil)
  }
}
