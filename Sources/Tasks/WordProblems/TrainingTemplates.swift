extension WordTemplate {
  /// The stories of the train split.
  static let training = sharing + shopping + working + travelling

  private static let sharing = [
    WordTemplate(
      "boxes",
      "{name} has {a} boxes with {b} {item} in each box. {She} gives {c} {item} to {friend}. "
        + "How many {item} does {name} have left?",
      .things, ["a": 3...9, "b": 4...12, "c": 5...30],
      ["total = a * b: {item} in all", "left = total - c: {item} left"]),
    WordTemplate(
      "collect",
      "{name} collected {a} {item} on Monday and {b} on Tuesday. On Wednesday {she} lost {c} of "
        + "them. How many {item} does {name} have now?",
      .things, ["a": 10...60, "b": 10...60, "c": 5...40],
      ["total = a + b: {item} collected", "left = total - c: {item} now"]),
    WordTemplate(
      "split",
      "{name} has {a} {item} and {friend} has {b} {item}. They put them together and share them "
        + "equally among {c} children. How many {item} does each child get?",
      .fruit, ["a": 5...40, "b": 5...40, "c": 2...8],
      ["total = a + b: {item} together", "each = total / c: {item} for each child"]),
    WordTemplate(
      "twice",
      "{friend} has {a} {item}. {name} has {k} times as many. How many {item} do they have "
        + "together?",
      .things, ["a": 4...30, "k": 2...6],
      ["more = a * k: {item} for {name}", "total = a + more: {item} together"]),
    WordTemplate(
      "more_than",
      "{name} has {a} {item}. {friend} has {b} more {item} than {name}. How many {item} do the two "
        + "have in all?",
      .fruit, ["a": 5...50, "b": 2...30],
      ["other = a + b: {item} for {friend}", "total = a + other: {item} in all"]),
    WordTemplate(
      "fewer_than",
      "There are {a} {item} on the first shelf and {b} fewer on the second. The third shelf has {c} "
        + "{item}. How many {item} are on the three shelves?",
      .things, ["a": 15...60, "b": 3...14, "c": 5...40],
      [
        "second = a - b: {item} on the second shelf", "two = a + second: {item} on two shelves",
        "all = two + c: {item} on three shelves",
      ]),
    WordTemplate(
      "bags",
      "{name} packs {a} {item} into bags of {b}. {She} sells {c} of the bags. How many bags are "
        + "left?",
      .fruit, ["a": 20...120, "b": 3...9, "c": 2...9],
      ["bags = a / b: bags packed", "left = bags - c: bags left"]),
    WordTemplate(
      "classroom",
      "A class of {a} pupils sits at tables of {b}. Each table gets {c} {item}. How many {item} are "
        + "needed?",
      .things, ["a": 12...48, "b": 2...6, "c": 3...12],
      ["tables = a / b: tables", "need = tables * c: {item} needed"]),
  ]

  private static let shopping = [
    WordTemplate(
      "change",
      "{name} buys {a} {item} at {b} dollars each and pays with {c} dollars. How many dollars of "
        + "change does {she} get?",
      .food, ["a": 2...9, "b": 2...8, "c": 20...100],
      ["cost = a * b: dollars to pay", "change = c - cost: dollars of change"]),
    WordTemplate(
      "two_goods",
      "A pen costs {a} dollars and a book costs {b} dollars. {name} buys {c} pens and {d} books. How "
        + "many dollars does {she} pay?",
      .nothing, ["a": 2...6, "b": 7...20, "c": 2...9, "d": 2...6],
      [
        "pens = a * c: dollars for pens", "books = b * d: dollars for books",
        "total = pens + books: dollars in all",
      ]),
    WordTemplate(
      "savings",
      "{name} saves {a} dollars a week for {b} weeks. Then {she} buys a game for {c} dollars. How "
        + "many dollars are left?",
      .nothing, ["a": 5...25, "b": 3...12, "c": 10...80],
      ["saved = a * b: dollars saved", "left = saved - c: dollars left"]),
    WordTemplate(
      "discount",
      "A coat costs {a} dollars. {name} has a coupon for {b} dollars off and pays with {c} dollars. "
        + "How many dollars does {she} get back?",
      .nothing, ["a": 30...90, "b": 5...25, "c": 60...150],
      ["price = a - b: dollars with the coupon", "back = c - price: dollars back"]),
    WordTemplate(
      "sale",
      "{name} sells {a} {item} for {b} dollars each. The ingredients cost {c} dollars. How many "
        + "dollars does {she} earn?",
      .food, ["a": 10...40, "b": 2...6, "c": 5...40],
      ["income = a * b: dollars taken in", "profit = income - c: dollars earned"]),
    WordTemplate(
      "shared_gift",
      "{a} friends share the cost of a gift for {b} dollars and a card for {c} dollars equally. How "
        + "many dollars does each pay?",
      .nothing, ["a": 2...8, "b": 15...70, "c": 2...9],
      ["cost = b + c: dollars in all", "each = cost / a: dollars each"]),
    WordTemplate(
      "tickets",
      "An adult ticket costs {a} dollars and a child ticket {b} dollars less. How many dollars do "
        + "{c} child tickets and one adult ticket cost?",
      .nothing, ["a": 9...25, "b": 2...8, "c": 2...7],
      [
        "child = a - b: dollars for a child ticket", "children = child * c: dollars for children",
        "total = children + a: dollars in all",
      ]),
    WordTemplate(
      "refund",
      "{name} had {a} dollars. {She} bought {b} {item} at {c} dollars each, and later {friend} paid "
        + "back a debt of {d} dollars. How many dollars does {name} have now?",
      .fruit, ["a": 40...120, "b": 2...8, "c": 2...6, "d": 5...30],
      [
        "cost = b * c: dollars spent", "left = a - cost: dollars left",
        "now = left + d: dollars now",
      ]),
  ]

  private static let working = [
    WordTemplate(
      "garden",
      "{name} plants {a} rows of {b} {item}. {c} of them do not grow. How many {item} grow?",
      .plants, ["a": 3...12, "b": 4...12, "c": 3...25],
      ["planted = a * b: {item} planted", "grown = planted - c: {item} grow"]),
    WordTemplate(
      "farm",
      "A farm has {a} {item}. It buys {b} more and then sells {c}. The rest live in {d} barns, the "
        + "same number in each. How many {item} live in a barn?",
      .animals, ["a": 20...60, "b": 5...30, "c": 5...30, "d": 2...6],
      [
        "more = a + b: {item} after buying", "rest = more - c: {item} after selling",
        "each = rest / d: {item} in a barn",
      ]),
    WordTemplate(
      "bakery",
      "A bakery bakes {a} trays of {b} {item} in the morning and {c} {item} in the afternoon. How "
        + "many {item} does it bake?",
      .food, ["a": 3...12, "b": 6...15, "c": 10...60],
      ["morning = a * b: {item} in the morning", "total = morning + c: {item} in all"]),
    WordTemplate(
      "wages",
      "{name} earns {a} dollars an hour. {She} works {b} hours on Saturday and {c} hours on Sunday. "
        + "How many dollars does {she} earn?",
      .nothing, ["a": 8...25, "b": 2...8, "c": 2...8],
      ["hours = b + c: hours", "pay = hours * a: dollars earned"]),
    WordTemplate(
      "machine",
      "A machine makes {a} parts an hour. It runs {b} hours a day for {c} days. How many parts does "
        + "it make?",
      .nothing, ["a": 4...30, "b": 2...10, "c": 2...7],
      ["hours = b * c: hours", "parts = hours * a: parts"]),
    WordTemplate(
      "painting",
      "{name} has to paint {a} fence boards. {She} paints {b} boards a day for {c} days. How many "
        + "boards are left to paint?",
      .nothing, ["a": 40...150, "b": 4...15, "c": 2...8],
      ["done = b * c: boards painted", "left = a - done: boards left"]),
    WordTemplate(
      "reading",
      "A book has {a} pages. {name} has read {b} pages and wants to read the rest in {c} days, the "
        + "same number each day. How many pages a day is that?",
      .nothing, ["a": 60...240, "b": 10...60, "c": 3...12],
      ["rest = a - b: pages to read", "daily = rest / c: pages a day"]),
    WordTemplate(
      "factory",
      "A factory packs {a} {item} into each box and {b} boxes into each crate. How many {item} are in "
        + "{c} crates?",
      .things, ["a": 3...12, "b": 4...10, "c": 2...9],
      ["crate = a * b: {item} in a crate", "all = crate * c: {item} in all"]),
  ]

  private static let travelling = [
    WordTemplate(
      "bus",
      "A bus starts with {a} passengers. At the first stop {b} get on and {c} get off. At the next "
        + "stop {d} get on. How many passengers are on the bus?",
      .nothing, ["a": 10...40, "b": 3...20, "c": 2...20, "d": 2...15],
      [
        "on = a + b: passengers after boarding", "off = on - c: passengers after the first stop",
        "now = off + d: passengers now",
      ]),
    WordTemplate(
      "drive",
      "{name} drives {a} miles an hour for {b} hours and then {c} miles more. How many miles does "
        + "{she} drive?",
      .nothing, ["a": 20...65, "b": 2...6, "c": 5...50],
      ["first = a * b: miles in the first part", "total = first + c: miles in all"]),
    WordTemplate(
      "trip",
      "A trip is {a} miles long. {name} cycles {b} miles an hour for {c} hours. How many miles are "
        + "left?",
      .nothing, ["a": 40...120, "b": 8...18, "c": 2...6],
      ["done = b * c: miles done", "left = a - done: miles left"]),
    WordTemplate(
      "train",
      "A train has {a} cars with {b} seats each. {c} seats are taken. How many seats are free?",
      .nothing, ["a": 4...12, "b": 10...40, "c": 20...150],
      ["seats = a * b: seats", "free = seats - c: free seats"]),
    WordTemplate(
      "walks",
      "{name} walks {a} minutes to school and the same back, {b} days a week. How many minutes does "
        + "{she} walk in {c} weeks?",
      .nothing, ["a": 5...25, "b": 3...6, "c": 2...6],
      [
        "day = a * 2: minutes a day", "week = day * b: minutes a week",
        "all = week * c: minutes in all",
      ]),
    WordTemplate(
      "ages",
      "{name} is {a} years old. {friend} is {b} years younger, and their teacher is {k} times as old "
        + "as {friend}. How old is the teacher?",
      .nothing, ["a": 9...20, "b": 2...7, "k": 3...6],
      ["friend = a - b: years for {friend}", "teacher = friend * k: years for the teacher"]),
    WordTemplate(
      "camp",
      "{a} children go to camp in {b} vans with the same number in each van. {c} adults join every "
        + "van. How many people are in a van?",
      .nothing, ["a": 12...60, "b": 2...8, "c": 2...4],
      ["kids = a / b: children in a van", "people = kids + c: people in a van"]),
    WordTemplate(
      "ferry",
      "A ferry carries {a} cars on each trip and makes {b} trips in the morning and {c} in the "
        + "evening. On one day {d} places stayed empty. How many cars did it carry?",
      .nothing, ["a": 8...30, "b": 2...6, "c": 2...6, "d": 3...15],
      ["trips = b + c: trips", "places = trips * a: places", "cars = places - d: cars carried"]),
  ]
}
