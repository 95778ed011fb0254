extension WordTemplate {
  /// The stories of the test split: none of them is in the train split.
  static let testing = [
    WordTemplate(
      "albums",
      "{name} fills {a} album pages with {b} photos each and has {c} photos left over. How many "
        + "photos does {she} have?",
      .nothing, ["a": 4...15, "b": 3...9, "c": 2...20],
      ["filled = a * b: photos on the pages", "total = filled + c: photos in all"]),
    WordTemplate(
      "aquarium",
      "An aquarium has {a} tanks with {b} fish each. {c} fish are moved to a pond. How many fish stay "
        + "in the tanks?",
      .nothing, ["a": 3...10, "b": 5...15, "c": 4...40],
      ["fish = a * b: fish at first", "stay = fish - c: fish stay"]),
    WordTemplate(
      "library",
      "A library lends {a} books on Friday and {b} on Saturday. {c} of them come back on Sunday. How "
        + "many of the books are still out?",
      .nothing, ["a": 15...70, "b": 15...70, "c": 10...60],
      ["lent = a + b: books lent", "out = lent - c: books still out"]),
    WordTemplate(
      "orchard",
      "{name} picks {a} {item} and {friend} picks {b}. They fill {c} baskets with the same number in "
        + "each. How many {item} are in a basket?",
      .fruit, ["a": 10...60, "b": 10...60, "c": 2...9],
      ["picked = a + b: {item} picked", "basket = picked / c: {item} in a basket"]),
    WordTemplate(
      "concert",
      "A hall has {a} rows of {b} chairs. {c} chairs are broken and {d} guests come. How many good "
        + "chairs stay empty?",
      .nothing, ["a": 5...15, "b": 6...15, "c": 2...10, "d": 10...60],
      [
        "chairs = a * b: chairs", "good = chairs - c: good chairs",
        "empty = good - d: empty chairs",
      ]),
    WordTemplate(
      "laundry",
      "{name} washes {a} shirts and twice as many socks. {She} also washes {b} towels. How many "
        + "pieces does {she} wash?",
      .nothing, ["a": 4...25, "b": 2...15],
      [
        "socks = a * 2: socks", "clothes = a + socks: shirts and socks",
        "total = clothes + b: pieces in all",
      ]),
    WordTemplate(
      "phone",
      "A phone plan costs {a} dollars a month and {b} dollars once for the start. How many dollars "
        + "does {name} pay for {c} months?",
      .nothing, ["a": 8...30, "b": 5...40, "c": 3...12],
      ["months = a * c: dollars for the months", "total = months + b: dollars in all"]),
    WordTemplate(
      "stadium",
      "A team sells {a} scarves at {b} dollars and {c} caps at {d} dollars. The stall costs {e} "
        + "dollars. How many dollars does the team keep?",
      .nothing, ["a": 5...20, "b": 6...12, "c": 5...20, "d": 4...10, "e": 15...60],
      [
        "scarves = a * b: dollars for scarves", "caps = c * d: dollars for caps",
        "income = scarves + caps: dollars taken in", "keep = income - e: dollars kept",
      ]),
    WordTemplate(
      "water",
      "A tank holds {a} liters. {name} pours in {b} buckets of {c} liters. How many liters still fit "
        + "into the tank?",
      .nothing, ["a": 60...200, "b": 3...9, "c": 4...12],
      ["poured = b * c: liters poured in", "fit = a - poured: liters still fit"]),
    WordTemplate(
      "zoo",
      "A zoo has {a} {item}. In spring {b} are born and {c} move to another zoo. Each of the others "
        + "eats {d} kilograms of food a day. How many kilograms a day is that?",
      .animals, ["a": 8...30, "b": 2...12, "c": 2...10, "d": 2...9],
      [
        "more = a + b: {item} in spring", "stay = more - c: {item} stay",
        "food = stay * d: kilograms a day",
      ]),
  ]
}
