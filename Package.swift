// swift-tools-version: 6.1
import Foundation
import PackageDescription

/// For targets whose debug build would be slow or, where templates nest, run out of stack.
let optimized = ["-O"]

/// REGIMEN_CPU (set by the Makefile from the machine at hand) selects the instructions that the
/// kernels may use; without it the build is portable. Only `Neural` has loops that care.
let cpu = ProcessInfo.processInfo.environment["REGIMEN_CPU"] ?? ""
let kernelFlags = optimized + (cpu.isEmpty ? [] : ["-Xcc", "-march=\(cpu)", "-target-cpu", cpu])

let strict: [SwiftSetting] = [
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  // One release build serves `make build` and `make test`.
  .unsafeFlags(["-enable-testing"]),
]

func library(
  _ name: String, _ dependencies: [Target.Dependency] = [], flags: [String] = []
) -> Target {
  .target(
    name: name, dependencies: dependencies,
    swiftSettings: strict + (flags.isEmpty ? [] : [.unsafeFlags(flags)]))
}

func tests(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
  .testTarget(
    name: "\(name)Tests", dependencies: [.byName(name: name), "TestSupport"] + dependencies,
    swiftSettings: strict)
}

let argumentParser = Target.Dependency.product(
  name: "ArgumentParser", package: "swift-argument-parser")
let bigInt = Target.Dependency.product(name: "BigInt", package: "BigInt")
let grdb = Target.Dependency.product(name: "GRDB", package: "GRDB.swift")

let package = Package(
  name: "regimen",
  products: [.executable(name: "regimen", targets: ["regimen"])],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/attaswift/BigInt", from: "6.0.1"),
    .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
  ],
  targets: [
    .target(
      name: "COneDNN", dependencies: ["CMath"],
      cSettings: cpu.isEmpty ? [] : [.define("REGIMEN_CPU", to: "\"\(cpu)\"")],
      linkerSettings: [.linkedLibrary("dnnl"), .linkedLibrary("gomp"), .linkedLibrary("m")]),
    .target(name: "CMath"),
    .target(name: "CCLD2", linkerSettings: [.linkedLibrary("cld2")]),
    .target(name: "CSHA256", linkerSettings: [.linkedLibrary("crypto")]),
    library("Digests", ["CSHA256"]),
    library("Randomness"),
    library("JSON", flags: optimized),
    library("Text", ["JSON"], flags: optimized),
    library(
      "Neural", ["COneDNN", "CMath", "Text", "JSON", "Randomness", "Host"], flags: kernelFlags),
    library("Settings"),
    library("Trace"),
    library("Host"),
    library("Statistics", ["Randomness"]),
    library("Tasks", ["CCLD2", "Randomness", "Settings", "Trace", bigInt]),
    library("Datasets", ["Tasks", "Randomness", "Settings", "JSON", "Host"]),
    library("Recipes", ["Digests", "Settings", "JSON", "Yams"]),
    library("Storage", ["Digests", "Trace", "Host", grdb]),
    library("Workflow", ["Recipes", "Storage", "Settings", "Trace", "Host"]),
    library(
      "Stages",
      [
        "Workflow", "Recipes", "Neural", "Text", "Tasks", "Datasets", "Statistics", "Randomness",
        "Settings", "Trace", "JSON", "Host",
      ]),
    library(
      "Insight",
      [
        "Stages", "Workflow", "Recipes", "Storage", "Neural", "Tasks", "Datasets", "Statistics",
        "Randomness", "Settings", "Trace", "JSON", "Host",
      ]),
    .executableTarget(
      name: "regimen",
      dependencies: [
        "Insight", "Stages", "Workflow", "Recipes", "Storage", "Neural", "Text", "Tasks",
        "Datasets", "Statistics", "Randomness", "Settings", "Trace", "JSON", "Host",
        argumentParser,
      ],
      swiftSettings: strict),
    .target(name: "AllocationCounter", path: "Tests/AllocationCounter"),
    .target(name: "TestSupport", path: "Tests/Support", swiftSettings: strict),
    tests("Digests"),
    tests("JSON"),
    tests("Text", ["JSON", "Randomness"]),
    tests("Randomness"),
    tests("Neural", ["Text", "JSON", "Randomness", "AllocationCounter", "Host"]),
    tests("Statistics", ["Randomness"]),
    tests("Settings"),
    tests("Tasks", ["Randomness", "Settings", "Trace", bigInt]),
    tests("Trace"),
    tests("Datasets", ["Tasks", "Randomness", "Settings", "JSON", "Host"]),
    tests("Recipes", ["Settings", "JSON"]),
    tests("Storage", ["Trace", "Host", grdb]),
    tests("Workflow", ["Recipes", "Storage", "Settings", "Trace", "Host"]),
    tests(
      "Stages",
      [
        "Workflow", "Recipes", "Storage", "Neural", "Text", "Tasks", "Datasets", "Statistics",
        "Randomness", "Settings", "Trace", "JSON", "Host",
      ]),
    tests(
      "Insight",
      [
        "Stages", "Workflow", "Recipes", "Storage", "Statistics", "Randomness", "Settings", "Trace",
        "JSON", "Host",
      ]),
    .testTarget(
      name: "CommandTests", dependencies: ["regimen", "TestSupport"], swiftSettings: strict),
  ],
  swiftLanguageModes: [.v6])
