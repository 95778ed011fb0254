import Foundation

/// A system call that failed.
struct FileCallError: Error, CustomStringConvertible {
  let number: Int32
  var description: String { String(cString: strerror(number)) }
}

/// The file calls that durability rests on.
enum Files {
  /// Makes a folder unless it exists; its parent must exist.
  static func makeFolder(_ path: String) throws {
    if mkdir(path, 0o755) == 0 || (errno == EEXIST && isFolder(path)) { return }
    throw StorageError.file("make the folder", path, FileCallError(number: errno))
  }

  /// Makes a folder with those that it lies in.
  static func makeFolders(_ path: String) throws {
    do {
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    } catch { throw StorageError.file("make the folder", path, error) }
  }

  /// Makes what was written to a file durable.
  static func syncFile(_ path: String) throws {
    do {
      let descriptor = open(path, O_RDONLY | O_CLOEXEC)
      guard descriptor >= 0 else { throw FileCallError(number: errno) }
      defer { close(descriptor) }
      guard fsync(descriptor) == 0 else { throw FileCallError(number: errno) }
    } catch { throw StorageError.file("sync", path, error) }
  }

  static func isFolder(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
  }

  /// Moves a file to its final name; durable after `syncFolder` of the target's folder.
  static func move(_ source: String, to target: String, faults: FaultHook) throws {
    do {
      try faults.reach(.beforeRename)
      guard rename(source, target) == 0 else { throw FileCallError(number: errno) }
      try faults.reach(.afterRename)
    } catch { throw StorageError.file("rename \(source) to", target, error) }
  }

  static func syncFolder(_ path: String, faults: FaultHook) throws {
    do {
      try faults.reach(.folderSync)
      let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
      guard descriptor >= 0 else { throw FileCallError(number: errno) }
      defer { close(descriptor) }
      guard fsync(descriptor) == 0 else { throw FileCallError(number: errno) }
    } catch { throw StorageError.file("sync the folder", path, error) }
  }

  /// Deletes a file; one that is not there is fine.
  static func delete(_ path: String, faults: FaultHook) throws {
    do {
      try faults.reach(.objectDelete)
      guard unlink(path) == 0 || errno == ENOENT else { throw FileCallError(number: errno) }
    } catch { throw StorageError.file("delete", path, error) }
  }

  /// Size in bytes, nil if there is no such file.
  static func size(_ path: String) -> Int? {
    var status = stat()
    return stat(path, &status) == 0 ? Int(status.st_size) : nil
  }
}
