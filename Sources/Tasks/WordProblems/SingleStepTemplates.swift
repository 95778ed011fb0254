extension WordTemplate {
  /// Stories of one step, of the train split: joining, parting, missing part, comparing, equal groups.
  static let trainingSingle = [
    WordTemplate(
      "gave_away",
      "{name} has {a} {item}. {She} gives {b} of the {item} to {friend}. How many {item} does {name} "
        + "have left?",
      .things, ["a": 10...90, "b": 3...60], ["left = a - b: {item} left"]),
    WordTemplate(
      "got_more",
      "{name} had {a} {item}. Then {friend} gave {name} {b} more {item}. How many {item} does {name} "
        + "have now?",
      .things, ["a": 5...80, "b": 3...60], ["now = a + b: {item} now"]),
    WordTemplate(
      "how_many_given",
      "{name} found {a} {item} at the beach. {She} gave some of {her} {item} to {friend}. Now {she} "
        + "has {b} {item}. How many {item} did {name} give to {friend}?",
      .things, ["a": 20...95, "b": 5...70], ["given = a - b: {item} given to {friend}"]),
    WordTemplate(
      "how_many_added",
      "There were {a} {item} in the yard. Workers brought more {item} today. Now there are {b} "
        + "{item} in the yard. How many {item} did the workers bring?",
      .plants, ["a": 5...50, "b": 30...95], ["brought = b - a: {item} brought"]),
    WordTemplate(
      "had_at_first",
      "{name} gave {a} {item} to {friend} and has {b} {item} left. How many {item} did {name} have "
        + "at first?",
      .fruit, ["a": 5...60, "b": 5...60], ["first = a + b: {item} at first"]),
    WordTemplate(
      "both_picked",
      "{name} picked {a} {item} and {friend} picked {b} {item} from the tree. How many {item} were "
        + "picked in all?",
      .fruit, ["a": 5...80, "b": 5...80], ["all = a + b: {item} in all"]),
    WordTemplate(
      "two_colors",
      "A box holds {a} {item}. {b} of them are red and the rest are blue. How many {item} are blue?",
      .things, ["a": 20...95, "b": 4...60], ["blue = a - b: blue {item}"]),
    WordTemplate(
      "how_many_more",
      "{name} has {a} {item}. {friend} has {b} {item}. How many more {item} does {name} have than "
        + "{friend}?",
      .things, ["a": 20...95, "b": 5...60], ["more = a - b: {item} more"]),
    WordTemplate(
      "still_needed",
      "The recipe wants {a} cups of flour. {name} has already put in {b} cups. How many cups does "
        + "{she} still need to add?",
      .nothing, ["a": 5...20, "b": 1...12], ["need = a - b: cups to add"]),
    WordTemplate(
      "money_spent",
      "{name} spent {a} dollars on a toy and {b} dollars on a ball. How many dollars did {she} spend "
        + "in all?",
      .nothing, ["a": 2...60, "b": 2...60], ["spent = a + b: dollars spent"]),
    WordTemplate(
      "equal_groups",
      "There are {a} bags with {b} {item} in each bag. How many {item} are there altogether?",
      .fruit, ["a": 2...12, "b": 2...12], ["all = a * b: {item} altogether"]),
    WordTemplate(
      "shared_out",
      "{name} shares {a} {item} among {b} friends, the same number for each. How many {item} does "
        + "each friend get?",
      .food, ["a": 6...108, "b": 2...12], ["each = a / b: {item} for each friend"]),
    WordTemplate(
      "how_many_boxes",
      "{name} puts {a} {item} into boxes. Each box holds {b} {item}. How many boxes does {she} need?",
      .food, ["a": 6...108, "b": 2...12], ["boxes = a / b: boxes"]),
    WordTemplate(
      "games",
      "{name} went to {a} games this year and to {b} games last year. How many games did {she} go to "
        + "in the two years?",
      .nothing, ["a": 4...60, "b": 4...60], ["games = a + b: games in the two years"]),
    WordTemplate(
      "earned",
      "{name} earns {a} dollars for each room {she} cleans. How many dollars does {she} earn for {b} "
        + "rooms?",
      .nothing, ["a": 2...12, "b": 2...12], ["earned = a * b: dollars earned"]),
  ]

  /// Stories of one step, of the test split.
  static let testingSingle = [
    WordTemplate(
      "flew_away",
      "{a} birds sat on a fence. {b} of them flew away. How many birds are still on the fence?",
      .nothing, ["a": 10...90, "b": 3...60], ["still = a - b: birds still there"]),
    WordTemplate(
      "two_days",
      "{name} read {a} pages yesterday and {b} pages today. How many pages did {she} read altogether?",
      .nothing, ["a": 5...80, "b": 5...80], ["read = a + b: pages altogether"]),
    WordTemplate(
      "shelves",
      "A store has {a} shelves with {b} {item} on each shelf. How many {item} does the store have?",
      .things, ["a": 2...12, "b": 2...12], ["all = a * b: {item} in the store"]),
    WordTemplate(
      "teams",
      "{a} players form teams of {b}. How many teams are there?",
      .nothing, ["a": 6...108, "b": 2...12], ["teams = a / b: teams"]),
  ]
}
