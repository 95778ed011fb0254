import Settings
import Testing

@testable import Recipes

@Suite struct FieldTableTests {
  @Test("a kind's page has its inputs, outputs and fields")
  func page() throws {
    let kind = try #require(Fixture.catalog.kind("sft"))
    #expect(
      FieldTable.markdown(kind) == """
        ### sft

        Learns from completions.

        | input | type | what it is |
        | --- | --- | --- |
        | `model` | model | The model to train. |
        | `data` | dataset, one or several | Rows to learn from. |
        | `eval_data` | dataset, optional | Rows to watch. |

        | output | type | what it is |
        | --- | --- | --- |
        | `model` | model | The trained model. |

        | field | type | default | range, unit | affects results | what it does |
        | --- | --- | --- | --- | --- | --- |
        | `learning_rate` | number | `0.00002` | more than 0 and at most 1 | yes | Step size. |
        | `num_train_epochs` | number | `3` | between 0 and 1000000 | yes | Passes over the rows. |
        | `max_steps` | integer, or null | none | between 1 and 1000000000, updates | yes | Length; null: by epochs. |
        | `packing` | true or false | `true` |  | yes | Several rows in a sequence. |
        | `logging_steps` | integer | `10` | at least 1, updates | no | How often metrics are stored. |

        """)
  }

  @Test("bars and line breaks do not break a row")
  func escapes() {
    let field = FieldDescription(
      name: "a", type: .list(.choice(["x", "y"])), defaultValue: ["x"], minimum: nil, maximum: nil,
      exclusiveMinimum: false, unit: nil, summary: "One | two\nthree.", affectsOutput: true)
    #expect(
      FieldTable.markdown([field]).split(separator: "\n").last
        == "| `a` | list of `x`, `y` | `[x]` |  | yes | One \\| two three. |")
  }
}
