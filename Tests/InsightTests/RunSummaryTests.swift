import Foundation
import JSON
import Storage
import Testing

@testable import Insight

@Suite("Summaries of runs")
struct RunSummaryTests {
  @Test("a table of the stages, then why one failed")
  func failedRun() throws {
    let fixture = try RunFixture()
    let lease = try fixture.store.claim(run: fixture.run.id)
    try fixture.finishTraining(lease)
    try fixture.failEvaluation(lease)
    try fixture.store.endRun(lease, .failed, message: "stage 'test' failed")
    let run = try fixture.store.run(id: fixture.run.id)
    let summary = try RunSummary(fixture.store, run: run, now: fixture.now)
    #expect(
      summary.text == """
        r1 (\(run.id)): failed, 1 min 07 s, stage 'test' failed
        stage  kind      status     steps        time  result
        train  sft       succeeded      4  1 min 05 s  loss 4 -> 1
        test   evaluate  failed       1/8       2.0 s
        test: no row could be judged
        """)
  }

  @Test("what a stage's own line says is not said of the run, too")
  func saidOnce() throws {
    let fixture = try RunFixture()
    let lease = try fixture.store.claim(run: fixture.run.id)
    try fixture.finishTraining(lease)
    try fixture.failEvaluation(lease)
    try fixture.store.endRun(
      lease, .failed, message: "stage 'test' failed: no row could be judged")
    let run = try fixture.store.run(id: fixture.run.id)
    let text = try RunSummary(fixture.store, run: run, now: fixture.now).text
    #expect(text.hasPrefix("r1 (\(run.id)): failed, 1 min 07 s, stage 'test' failed\n"))
    #expect(text.components(separatedBy: "no row could be judged").count == 2)
  }

  @Test("a stage that runs counts its time up to now; one that waits has none")
  func runningRun() throws {
    let fixture = try RunFixture()
    let lease = try fixture.store.claim(run: fixture.run.id)
    let stage = try fixture.store.stage("train", of: fixture.run)
    _ = try fixture.store.beginAttempt(lease, stage: stage.id, fromStep: 0)
    fixture.wait(seconds: 30)
    let run = try fixture.store.run(id: fixture.run.id)
    let summary = try RunSummary(fixture.store, run: run, now: fixture.now)
    #expect(summary.lines.map(\.seconds) == [30, nil])
    #expect(summary.title == "r1 (\(run.id)): running, 30 s")
    try fixture.store.endRun(lease, .interrupted)
  }

  @Test("the documents hold what the contract names, in its order")
  func documents() throws {
    let fixture = try RunFixture()
    let store = fixture.store
    let lease = try store.claim(run: fixture.run.id)
    try fixture.finishTraining(lease)
    try store.endRun(lease, .interrupted)
    let run = try store.run(id: fixture.run.id)
    let train = try store.stage("train", of: run)
    let model = try #require(try store.outputs(stage: train.id)["model"])
    #expect(
      try RunDocuments.run(store, run).written(.report)
        == #"{"run":"\#(run.id)","name":"r1","recipe":"r1","variant":null,"seed":17,"#
        + #""status":"interrupted","stages":[{"stage":"train","kind":"sft","#
        + #""status":"succeeded","action":"run","key":"k1","reused_from":null,"step":4,"#
        + #""outputs":{"model":"\#(model)"}},{"stage":"test","kind":"evaluate","#
        + #""status":"pending","action":"run","key":"k2","reused_from":null,"step":0,"#
        + #""outputs":{}}]}"#)
    let details = try RunDocuments.stage(store, train).written(.report)
    let read = try JSONSerialization.jsonObject(with: Data(details.utf8)) as? [String: Any]
    #expect((read?["components"] as? [String: Int]) == ["v": 1])
    #expect((read?["attempts"] as? [[String: Any]])?.first?["status"] as? String == "succeeded")
    let files = (read?["files"] as? [String: Any])?["model"] as? [String: [String: Any]]
    #expect(files?["config.json"]?["size"] as? Int == 2)
  }

  @Test("a metric and a sample are one line each, without numbers that are not finite")
  func lines() throws {
    let fixture = try RunFixture()
    let lease = try fixture.store.claim(run: fixture.run.id)
    try fixture.finishTraining(lease)
    try fixture.store.endRun(lease, .interrupted)
    let metrics = try fixture.store.metrics(run: fixture.run.id, name: "loss")
    #expect(
      RunDocuments.metric(metrics[0]).written(.report)
        == #"{"stage":"train","step":1,"name":"loss","value":4.0}"#)
    let samples = try fixture.store.samples(run: fixture.run.id)
    #expect(
      RunDocuments.sample(samples[0], of: "train").written(.report)
        == #"{"stage":"train","step":2,"prompt_id":7,"sample":0,"prompt":"1+1=","#
        + #""completion":"\"2\"\n","prompt_ids":[1,2],"completion_ids":[3],"logprobs":[-0.1],"#
        + #""rewards":{"accuracy":{"outcome":"score","score":1.0},"#
        + #""format":{"outcome":"abstain","score":null,"reason":"none"}},"#
        + #""reward":1.0,"advantage":null,"finish_reason":"stop","gold":"2.0","parsed":"2"}"#)
  }

  @Test("the details of a stage name its files, attempts and result")
  func details() throws {
    let fixture = try RunFixture()
    let lease = try fixture.store.claim(run: fixture.run.id)
    try fixture.finishTraining(lease)
    try fixture.store.endRun(lease, .interrupted)
    let text = try StageDetails(fixture.store, fixture.store.stage("train", of: fixture.run)).text
    for part in [
      "planned  run: no earlier run has this stage", "steps    4 of 4", "result   loss 4 -> 1",
      "config.json   2 B", "1          0  succeeded  1 min 05 s",
    ] {
      #expect(text.contains(part), "\(part) in\n\(text)")
    }
  }
}
