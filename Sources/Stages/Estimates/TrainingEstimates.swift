import Recipes

extension Pretrain: EstimatedStage {
  static func estimate(_ config: Config, _ shapes: StageShapes) throws -> StageEstimate {
    try .supervised(config.training, shapes)
  }
}

extension SFT: EstimatedStage {
  static func estimate(_ config: Config, _ shapes: StageShapes) throws -> StageEstimate {
    try .supervised(config.training, shapes)
  }
}

extension RewardModel: EstimatedStage {
  static func estimate(_ config: Config, _ shapes: StageShapes) throws -> StageEstimate {
    try .supervised(config.training, shapes, replies: config.lossType == .pairwise ? 2 : 1)
  }
}

extension StageEstimate {
  /// Training on rows that are there.
  ///
  /// - Parameter replies: to a prompt, each of the completion's length.
  fileprivate static func supervised(
    _ options: SupervisedOptions, _ shapes: StageShapes, replies: Double = 1
  ) throws -> StageEstimate {
    let model = try shapes.model()
    let data = shapes.data()
    let longest = Double(options.maxLength)
    let prompt = min(data.prompt / model.bytesPerToken, longest)
    let completion = min(data.completion / model.bytesPerToken, longest - prompt)
    let tokens = prompt + replies * completion
    guard data.rows > 0, tokens > 0 else {
      throw UnknownShape(description: "its data have no rows, or rows without text")
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
    var estimate = StageEstimate()
    estimate.workload.updates = updates
    estimate.workload.samples = samples
    estimate.workload.trainedTokens = samples * tokens
    try estimate.train(
      model, options.optimization, flops: samples * reading,
      copies: options.loadBestModelAtEnd ? 1 : 0)
    return estimate
  }

  /// How many updates a stage of a length makes.
  static func updates(_ length: TrainingLength, perEpoch: Double) -> Double {
    length.maxSteps.map(Double.init)
      ?? TrainingLength.updates(epochs: length.numTrainEpochs, perEpoch: perEpoch)
  }

  /// Adds backward passes, with what training holds and leaves.
  ///
  /// - Parameters:
  ///   - flops: of one forward pass over all that is learnt.
  ///   - copies: of the weights that a checkpoint holds beside the weights and the two moments.
  mutating func train(
    _ model: ModelShape, _ options: OptimizationOptions, flops: Double, copies: Double = 0
  ) throws {
    // A backward pass costs two forward ones, or one for adapters, whose weights' gradients are small;
    // what is not kept is computed once more.
    let backward: Double = options.peft == nil ? 2 : 1
    workload.trainingFLOPs += flops * (1 + backward + (options.gradientCheckpointing ? 1 : 0))
    let adapted = try options.peft.map { try model.adapterBytes($0.options) }
    let trained = adapted?.adapters ?? model.bytes
    // Adapters go with a copy of their matrices as these were.
    workload.memory.weights += model.bytes + (adapted.map { $0.adapters + $0.matrices } ?? 0)
    workload.memory.gradients += trained
    workload.memory.moments += 2 * trained
    // An update may have fewer tokens than a micro-batch may hold.
    let tokens = workload.updates > 0 ? workload.trainedTokens / workload.updates : .infinity
    workload.memory.activations +=
      4 * min(Double(options.microBatchTokens), tokens)
      * (options.gradientCheckpointing ? model.checkpointedWidth : model.activationWidth)
    workload.outputBytes += model.bytes
    // Two are kept, and one more stands beside them while it is written.
    workload.checkpointBytes += 3 * (3 * trained + copies * model.bytes)
    models["model"] = model
  }

  /// Adds a model that is only asked.
  mutating func hold(_ model: ModelShape) { workload.memory.weights += model.bytes }

  /// Adds completions, each prompt read once for all of its own.
  mutating func sample(
    _ model: ModelShape, prompts: Double, prompt: Double, each: Double, completion: Double,
    batch: Int
  ) {
    let samples = prompts * each
    workload.samples += samples
    workload.sampledTokens += samples * completion
    workload.scoringFLOPs += prompts * model.forward(text: prompt)
    workload.samplingFLOPs += samples * model.forward(completion: completion, after: prompt)
    workload.memory.cache = max(
      workload.memory.cache,
      4 * min(Double(batch), samples) * (prompt / each + completion) * model.layers
        * model.cacheWidth)
    // Ids and log-probabilities of four bytes each, and the text.
    workload.outputBytes += samples * completion * (8 + model.bytesPerToken)
  }
}
