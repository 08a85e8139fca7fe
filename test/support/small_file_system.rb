# frozen_string_literal: true

# A file system of a few KiB that a test can fill up; mounting it takes root.
class SmallFileSystem
  def self.possible? = Process.euid.zero?

  # @return [Boolean] false where the kernel does not let this root mount
  def self.mounted(path, kib:)
    Dir.mkdir(path)
    return false unless system("mount", "-t", "tmpfs", "-o", "size=#{kib}k", "tmpfs", path, err: File::NULL)

    begin
      yield new(path)
    ensure
      # Lazily: whoever still has a file open there does not keep the folder from being removed.
      system("umount", "--lazy", path)
    end
    true
  end

  attr_reader :path

  def initialize(path)
    @path = path
  end

  def fill
    File.open(ballast, "w") { |file| loop { file.syswrite("x" * 1024) } }
  rescue Errno::ENOSPC
    nil
  end

  def make_room = File.delete(ballast)

  private

  def ballast = File.join(path, "ballast")
end
