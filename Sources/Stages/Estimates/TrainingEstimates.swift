import Recipes

extension StageEstimate {
  /// Training on given rows.
  ///
  /// - Parameters:
  ///   - replies: to a prompt, each of the completion's length.
  ///   - asTokens: whether the stage holds its rows as tokens.
  static func supervised(
    _ options: SupervisedOptions, _ shapes: StageShapes, replies: Double = 1,
    head: TrainedHead = .logProbs, asTokens: Bool = true
  ) throws -> StageEstimate {
    let model = try shapes.model()
    let data = shapes.data()
    let longest = Double(options.maxLength)
    let prompt = min(data.prompt / model.bytesPerToken, longest)
    let completion = min(data.completion / model.bytesPerToken, longest - prompt)
    let tokens = prompt + replies * completion
    guard data.rows > 0, tokens > 0 else {
      throw UnknownShape(description: "its data has no rows, or rows without text")
    }
    let rowsPerUpdate = min(
      data.rows, Double(options.batchSize) * (options.packing ? max(1, longest / tokens) : 1))
    let updates = updates(options.length, perEpoch: (data.rows / rowsPerUpdate).rounded(.up))
    let samples =
      options.length.maxSteps == nil
      ? min(updates * rowsPerUpdate, data.rows * options.length.numTrainEpochs)
      : updates * rowsPerUpdate
    let reading =
      model.forward(text: prompt) + replies * model.forward(completion: completion, after: prompt)
    var estimate = StageEstimate(shapes.precision)
    estimate.rowsAreTokens = asTokens
    estimate.workload.updates = updates
    estimate.workload.samples = samples
    estimate.workload.trainedTokens = samples * tokens
    // Held-out rows are many, and fill a micro-batch.
    let update = shapes.datasets["eval_data"] == nil ? rowsPerUpdate * tokens : .infinity
    try estimate.train(
      model, options.optimization, flops: samples * reading, update: update, longest: tokens,
      head: head, keepsBest: options.loadBestModelAtEnd)
    return estimate
  }

  /// How many updates a stage of a length makes.
  static func updates(_ length: TrainingLength, perEpoch: Double) -> Double {
    length.maxSteps.map(Double.init)
      ?? TrainingLength.updates(epochs: length.numTrainEpochs, perEpoch: perEpoch)
  }

  /// Rows of the largest micro-batch: an update may have fewer tokens than a micro-batch may hold, and a
  /// text that is longer stands alone.
  static func microBatch(
    _ options: OptimizationOptions, update: Double, longest: Double
  ) -> Double {
    min(max(Double(options.microBatchTokens), longest), update)
  }

  /// Adds backward passes, with what training holds and leaves.
  ///
  /// - Parameters:
  ///   - flops: of one forward pass over all that is learnt.
  ///   - update: rows of an update.
  ///   - longest: rows of the longest text, with what it is packed with.
  ///   - keepsBest: whether a checkpoint contains the best weights in addition to the present ones.
  ///   - reference: bytes of other weights that a checkpoint holds.
  mutating func train(
    _ model: ModelShape, _ options: OptimizationOptions, flops: Double, update: Double,
    longest: Double, head: TrainedHead = .logProbs, keepsBest: Bool = false, reference: Double = 0
  ) throws {
    // A backward pass costs two forward ones, or one for adapters, whose weights' gradients are small;
    // what is not kept is computed once more.
    let backward: Double = options.peft == nil ? 2 : 1
    workload.trainingFLOPs += flops * (1 + backward + (options.gradientCheckpointing ? 1 : 0))
    let trained =
      try options.peft.map { try model.adapterBytes($0.options).adapters } ?? model.bytes
    let kept = (keepsBest ? trained : 0) + reference
    try holdSession(
      model, options, tokens: Self.microBatch(options, update: update, longest: longest),
      head: head, keepsBest: keepsBest)
    workload.outputBytes += model.bytes
    // Two are kept, and a third exists while it is written.
    workload.checkpointBytes += 3 * (3 * trained + kept)
    var left = model
    left.fileBytes = nil
    models["model"] = left
  }
}
