import Host
public import Stages
public import Workflow

/// The stage kinds of the program; what keys depend on is read from this machine's files.
public let builtInStages = StageCatalog.builtIn(in: LocalFiles())
