# frozen_string_literal: true

FUZZ_BUILD = "build-fuzz"
FUZZ_CORPUS = "test/fuzz/corpus"

namespace :test do
  desc "Fuzz what reads bytes from outside, SECONDS=60 for each target (wants clang)"
  task :fuzz do
    abort "clang++ is missing; bin/setup --deep installs it." unless find_executable("clang++")
    sh "cmake", "-S", ".", "-B", FUZZ_BUILD, "-DCMAKE_CXX_COMPILER=clang++", "-DFUZZ=ON",
       "-DSANITIZE=address,undefined", verbose: false
    sh "cmake", "--build", FUZZ_BUILD, "--parallel", Etc.nprocessors.to_s, verbose: false
    findings = Dir.children(FUZZ_CORPUS).sort.reject { |target| fuzz(target, Integer(ENV.fetch("SECONDS", "60"))) }
    abort "Broken: #{findings.join(", ")}. The inputs are in #{FUZZ_BUILD}/findings; they belong into #{FUZZ_CORPUS}." if findings.any?
  end

  namespace :fuzz do
    desc "Add to the kept corpus what the fuzzers have found since, as few inputs as cover it"
    task :merge do
      Dir.children(FUZZ_CORPUS).each do |target|
        run_fuzzer target, "-set_cover_merge=1", "-use_counters=0", "-close_fd_mask=2",
                   "#{FUZZ_CORPUS}/#{target}", "#{FUZZ_BUILD}/corpus/#{target}"
      end
    end
  end
end

def fuzz(target, seconds)
  found, findings = %w[corpus findings].map { |folder| "#{FUZZ_BUILD}/#{folder}/#{target}" }
  mkdir_p [ found, findings ], verbose: false
  puts "Fuzzing #{target} for #{seconds} s"
  clean = run_fuzzer(target, "-max_total_time=#{seconds}", "-print_final_stats=1", "-verbosity=0",
                     "-close_fd_mask=2", "-artifact_prefix=#{findings}/", found, "#{FUZZ_CORPUS}/#{target}")
  # Once more, to hear what it says of it.
  Dir["#{findings}/*"].each { |input| run_fuzzer target, input } unless clean
  clean
end

# What a target writes to files lies in memory: thousands of them a second.
def run_fuzzer(target, *arguments)
  memory = "/dev/shm"
  environment = File.writable?(memory) ? { "TMPDIR" => memory } : {}
  system(environment, "#{FUZZ_BUILD}/fuzz_#{target}", "-max_len=4096", "-timeout=10", *arguments)
end
