import Recipes
import Settings
import Testing

@Suite struct StageKeyTests {
  static let files = ["/proj/models/real.gguf": "m1", "/proj/recipes/rows.jsonl": "r1"]

  static func keys(
    _ text: String = Fixture.recipe, variant: String? = nil, overrides: [String] = [],
    files: [String: String] = files, precision: String = "f32",
    catalog: RecipeCatalog = Fixture.catalog
  ) throws -> [String: StageKey] {
    try Fixture.load(text, variant: variant, overrides: overrides).keys(
      catalog: catalog, files: files, numerics: ["cpu": "avx2", "precision": precision])
  }

  /// The stages whose keys differ from those of the recipe as written, with what is said of each.
  static func changes(_ keys: [String: StageKey]) throws -> [String: [String]] {
    try Dictionary(
      uniqueKeysWithValues: Self.keys().compactMap { name, old in
        guard let new = keys[name], new.digest != old.digest else { return nil }
        return (name, new.differences(from: old))
      })
  }

  @Test("the key's form is fixed")
  func form() throws {
    let key = try #require(try Self.keys(overrides: ["seed=1"])["cold_start"])
    #expect(
      key.json
        == #"{"inputs":{"data":["#
        + #"{"source":{"params":{"fields":{"prompt":"question"},"file":{"digest":"r1"},"size":1000},"type":"dataset"},"weight":1},"#
        + #"{"source":{"params":{"fields":{},"size":100,"task":"arithmetic"},"seed":"14471032151065569006","type":"dataset"},"weight":0.25}],"#
        + #""model":[{"source":{"params":{"architecture":"llama","hidden_size":64},"seed":"2925730366718641778","type":"model"},"weight":1}]},"#
        + #""kind":"sft","numerics":{"cpu":"avx2","precision":"f32"},"#
        + #""params":{"learning_rate":0.00002,"num_train_epochs":3,"packing":true},"#
        + #""revision":1,"seed":"16248079696498280001","v":2}"#)
    #expect(key.digest.count == 64)
  }

  @Test("a key survives being stored")
  func stored() throws {
    for key in try Self.keys().values {
      let read = try StageKey(json: key.json)
      #expect(read == key)
      #expect(read.digest == key.digest)
      #expect(read.differences(from: key).isEmpty)
    }
  }

  @Test(
    "what changes no result changes no key",
    arguments: [
      ["stages.cold_start.logging_steps=3"], ["recipe=other", "compare=null"],
      ["description=words"],
      ["compare=null"], ["stages.zero.learning_rate=0.0001"], ["stages.zero.loss_type=dapo"],
      ["stages.second.num_train_epochs=3.0"],
      ["stages.cold_start.data.0={ from: $rows, weight: 1 }"],
      ["stages.zero.model=$cold_start.model"],
    ])
  func excluded(overrides: [String]) throws {
    #expect(try Self.changes(Self.keys(overrides: overrides)) == [:])
  }

  @Test("neither does the place of a file, the order of stages or a comment")
  func excludedText() throws {
    let moved = try Self.keys(
      overrides: ["datasets.rows.file=/elsewhere/x.jsonl"],
      files: Self.files.merging(["/elsewhere/x.jsonl": "r1"]) { $1 })
    #expect(try Self.changes(moved) == [:])
    let lines = Fixture.recipe.split(separator: "\n", omittingEmptySubsequences: false)
    let last = try #require(lines.firstIndex { $0.contains("evaluate: {") })
    var turned = Array(lines)
    let line = turned.remove(at: last)
    turned.insert("# a comment\n" + line, at: 9)
    #expect(try Self.changes(Self.keys(turned.joined(separator: "\n"))) == [:])
  }

  @Test("a setting changes its stage and what comes after it")
  func setting() throws {
    #expect(
      try Self.changes(Self.keys(overrides: ["stages.zero.learning_rate=3e-5"])) == [
        "zero": ["learning_rate 0.0001 -> 0.00003"],
        "rejection": ["input model: upstream stage changed"],
        "second": ["input data: upstream stage changed"],
        "evaluate": ["input model: upstream stage changed"],
      ])
    #expect(
      try Self.changes(Self.keys(variant: "no_format"))["zero"]
        == [#"reward_funcs ["accuracy","format"] -> ["accuracy"]"#])
    #expect(
      try Self.changes(Self.keys(overrides: ["stages.second.max_steps=5"]))["second"]
        == ["max_steps none -> 5"])
  }

  @Test("two long values that begin alike are told from where they part")
  func longValues() throws {
    func words(_ last: String) -> [String] { (0..<12).map { "word\($0)" } + [last] }
    func keys(_ last: String) throws -> StageKey? {
      try Self.keys(overrides: ["stages.zero.reward_funcs=[\(words(last).joined(separator: ", "))]"]
      )[
        "zero"]
    }
    let (old, new) = (try keys("accuracy"), try keys("format"))
    let told = try #require(new).differences(from: #require(old))
    #expect(
      told == [#"reward_funcs ...","word11","accuracy"] -> ...","word11","format"]"#], "\(told)")
  }

  @Test("a file's content changes what reads it")
  func content() throws {
    let files = Self.files.merging(["/proj/recipes/rows.jsonl": "r2"]) { $1 }
    let changes = try Self.changes(Self.keys(files: files))
    #expect(changes["cold_start"] == ["input data[0]: file: file content changed"])
    #expect(
      changes["evaluate"] == [
        "input data: file: file content changed", "input model: upstream stage changed",
      ])
    let model = Self.files.merging(["/proj/models/real.gguf": "m2"]) { $1 }
    #expect(
      try Self.changes(Self.keys(files: model)) == [
        "second": ["input model: path: file content changed"],
        "evaluate": ["input model: upstream stage changed"],
      ])
  }

  @Test("a source's settings change what uses it")
  func source() throws {
    let changes = try Self.changes(Self.keys(overrides: ["datasets.sums.size=200"]))
    #expect(changes["cold_start"] == ["input data[1]: size 100 -> 200"])
    #expect(Set(changes.keys) == ["cold_start", "zero", "rejection", "second", "evaluate"])
    let swapped = try Self.changes(
      Self.keys(
        overrides: ["models.base.path=../models/real.gguf"],
        files: Self.files.merging(["/models/real.gguf": "m1"]) { $1 }))
    #expect(swapped["cold_start"] == ["input model: path none -> a file"])
  }

  @Test("weights, ports and the number of references count")
  func references() throws {
    func change(_ override: String, _ stage: String) throws -> [String]? {
      try Self.changes(Self.keys(overrides: [override]))[stage]
    }
    #expect(
      try change("stages.cold_start.data.1.weight=0.5", "cold_start")
        == ["input data[1]: weight 0.25 -> 0.5"])
    #expect(
      try change("stages.rejection.model=$zero", "rejection")
        == ["input model: output reference -> model"])
    #expect(
      try change("stages.cold_start.data=$rows", "cold_start")
        == ["input data: 2 references -> 1"])
    #expect(
      try change("stages.cold_start.data=[{ from: $sums, weight: 0.25 }, $rows]", "cold_start")?
        .isEmpty == false)
    #expect(
      try change("stages.second.model=$zero", "second") == ["input model: now from a stage"])
    #expect(
      try change("stages.zero.model=$base", "zero") == ["input model: no longer from a stage"])
    #expect(
      try change("stages.second.eval_data=$sums", "second") == ["input eval_data is new"])
  }

  @Test("the seed changes every stage, but not what is read from files")
  func seed() throws {
    let changes = try Self.changes(Self.keys(overrides: ["seed=18"]))
    #expect(changes["second"] == ["seed changed", "input data: upstream stage changed"])
    #expect(
      changes["cold_start"] == [
        "seed changed", "input data[1]: seed changed", "input model: seed changed",
      ])
  }

  @Test("a source that has only a side file stays random")
  func sideFile() throws {
    let recipe = try Fixture.load(overrides: ["models.base.vocabulary=v.txt"])
    #expect(recipe.models["base"]?.isReadFromFile == false)
    #expect(recipe.models["real"]?.isReadFromFile == true)
    #expect(recipe.datasets["rows"]?.isReadFromFile == true)
  }

  @Test("a field that its kind did not always have is in the key only when it changes something")
  func newField() throws {
    let old = try Self.keys()
    func keys(_ override: String? = nil) throws -> [String: StageKey] {
      let kinds = Fixture.catalog.kinds.map { kind in
        KindDescription(
          name: kind.name, revision: kind.revision, summary: kind.summary,
          fields: kind.fields + (kind.name == "sft" ? NewFields.fields.map(\.description) : []),
          inputs: kind.inputs, outputs: kind.outputs, problems: kind.problems)
      }
      let catalog = RecipeCatalog(
        kinds: kinds, model: Fixture.catalog.model, dataset: Fixture.catalog.dataset)
      return try Fixture.file(Fixture.recipe)
        .recipe(overrides: override.map { [$0] } ?? [], catalog: catalog)
        .keys(
          catalog: catalog, files: Self.files, numerics: ["cpu": "avx2", "precision": "f32"])
    }
    #expect(try keys().mapValues(\.digest) == old.mapValues(\.digest))
    for unchanged in ["label=null", "smoothing=0", "smoothing=0.0"] {
      let same = try keys("stages.second.\(unchanged)")
      #expect(same["second"] == old["second"], "\(unchanged)")
    }
    for (change, words) in [
      ("label=a", "label none -> a"), ("smoothing=0.5", "smoothing none -> 0.5"),
      ("shuffle=false", "shuffle none -> false"),
    ] {
      let changed = try #require(try keys("stages.second.\(change)")["second"])
      #expect(try changed.differences(from: #require(old["second"])) == [words])
    }
  }

  @Test("the machine's numerics and the kind's revision count")
  func numerics() throws {
    #expect(
      try Self.changes(Self.keys(precision: "bf16"))["cold_start"] == ["precision f32 -> bf16"])
    let kinds = Fixture.catalog.kinds.map { kind in
      KindDescription(
        name: kind.name, revision: kind.name == "grpo" ? 4 : kind.revision, summary: kind.summary,
        fields: kind.fields, inputs: kind.inputs, outputs: kind.outputs, problems: kind.problems)
    }
    let catalog = RecipeCatalog(
      kinds: kinds, model: Fixture.catalog.model, dataset: Fixture.catalog.dataset)
    let changes = try Self.changes(Self.keys(catalog: catalog))
    #expect(changes["zero"] == ["revision of the kind 3 -> 4"])
    #expect(changes["cold_start"] == nil)
  }

  @Test("what a stage computes in another way than the revision first did is in its key alone")
  func methods() throws {
    let kinds = Fixture.catalog.kinds.map { kind in
      KindDescription(
        name: kind.name, revision: kind.revision, summary: kind.summary, fields: kind.fields,
        inputs: kind.inputs, outputs: kind.outputs, problems: kind.problems,
        methods: { $0.name == "zero" ? ["epochs": "decimal fractions"] : [:] })
    }
    let catalog = RecipeCatalog(
      kinds: kinds, model: Fixture.catalog.model, dataset: Fixture.catalog.dataset)
    let changes = try Self.changes(Self.keys(catalog: catalog))
    #expect(changes["zero"] == ["epochs is new: decimal fractions"])
    #expect(changes["cold_start"] == nil)
    let (new, old) = (try Self.keys(catalog: catalog)["zero"], try Self.keys()["zero"])
    #expect(catalog.isSameWork(try #require(new), try #require(old)))
  }

  @Test("rows that no token has count where a stage samples from such a model, and nowhere else")
  func unnamedRows() throws {
    let kinds = Fixture.catalog.kinds.map { kind in
      KindDescription(
        name: kind.name, revision: kind.revision, summary: kind.summary, fields: kind.fields,
        inputs: kind.inputs, outputs: kind.outputs, samples: kind.name != "sft",
        problems: kind.problems)
    }
    func changes(_ unnamed: String?) throws -> [String: [String]] {
      let model = SourceDescription(ModelFields.self) { values, _ in
        unnamed != nil && values["path"] == .string(unnamed ?? "")
      }
      let catalog = RecipeCatalog(kinds: kinds, model: model, dataset: Fixture.catalog.dataset)
      return try Self.changes(Self.keys(catalog: catalog))
    }
    #expect(try changes(nil).isEmpty)
    let words = "sampling is new: tokens that the tokenizer has"
    #expect(try changes("/proj/models/real.gguf") == ["evaluate": [words]])
  }

  @Test("a stage's name is part of it through its seed alone")
  func rename() throws {
    let text = Fixture.recipe.replacing("second", with: "third")
    let new = try #require(try Self.keys(text)["third"])
    let old = try #require(try Self.keys()["second"])
    #expect(new.differences(from: old) == ["seed changed"])
  }

  @Test("files whose content counts are listed with where they are named")
  func contentFiles() throws {
    let recipe = try Fixture.load(overrides: ["models.base.vocabulary=v.txt"])
    let files = recipe.contentFiles(catalog: Fixture.catalog)
    #expect(
      files.map(\.field) == ["models.base.vocabulary", "models.real.path", "datasets.rows.file"])
    #expect(
      files.map(\.path) == ["/proj/v.txt", "/proj/models/real.gguf", "/proj/recipes/rows.jsonl"])
  }
}

@Suite struct SeedTests {
  /// `printf stage:17:zero | sha256sum`
  @Test("seeds come from the recipe's seed and a name, by SHA-256")
  func seeds() throws {
    let recipe = try Fixture.load()
    #expect(recipe.seed(ofStage: "zero") == 0x2D08_2266_589B_0D8E)
    #expect(recipe.seed(ofSource: "zero") == 0x62BE_343D_F770_305E)
    #expect(recipe.with(seed: 18).seed(ofStage: "zero") != recipe.seed(ofStage: "zero"))
    let variant = try Fixture.load(variant: "no_format")
    #expect(variant.seed(ofStage: "zero") == recipe.seed(ofStage: "zero"))
  }
}

/// What a later version of a kind might take: each does nothing until it is set.
private struct NewFields: Configuration {
  var label: String?
  var smoothing = 0.0
  var shuffle = true

  static let fields: [Field<Self>] = [
    Field("label", \.label, "Nothing unless it is set."),
    Field("smoothing", \.smoothing, asBefore: 0, "Nothing at 0."),
    Field("shuffle", \.shuffle, asBefore: true, "As it always was."),
  ]
}
