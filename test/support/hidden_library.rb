# frozen_string_literal: true

# Hides a library the way its absence looks: pkg-config does not know it, no compiler finds its header and no
# linker its file.
class HiddenLibrary
  COMPILERS = %w[gcc g++ cc c++ clang clang++ x86_64-linux-gnu-gcc x86_64-linux-gnu-g++].freeze

  # @param folder [String] for the programs that stand in front of the real ones
  def initialize(name, folder)
    @name = name
    @folder = File.join(folder, "bin")
    FileUtils.mkdir_p(@folder)
    hide_from_pkg_config
    COMPILERS.each { |compiler| hide_from(compiler) }
  end

  # @return [Hash{String => String}] for the process that is not to find it
  def environment = { "PATH" => "#{@folder}:#{ENV.fetch("PATH")}" }

  private

  def hide_from_pkg_config
    wrap("pkg-config", <<~SH)
      case "$*" in *#{@name}*) exit 1;; esac
    SH
  end

  def hide_from(compiler)
    wrap(compiler, <<~SH)
      for file in "$@"; do
        case "$file" in *.c|*.cc|*.cpp|*.cxx)
          if grep -qs 'include.*[<"].*#{@name}/' "$file"; then echo "fatal error: #{@name}: No such file" >&2; exit 1; fi ;;
        esac
        case "$file" in *l#{@name.delete_prefix("lib")}) echo "cannot find -l#{@name}" >&2; exit 1;; esac
      done
    SH
  end

  def wrap(program, text)
    path = real(program)
    return unless path

    File.write(File.join(@folder, program), "#!/bin/sh\n#{text}exec #{path} \"$@\"\n", perm: 0o755)
  end

  def real(program)
    ENV.fetch("PATH").split(":").map { |directory| File.join(directory, program) }.find { |path| File.executable?(path) }
  end
end
