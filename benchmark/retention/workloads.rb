# frozen_string_literal: true

require_relative "workload"

module Retention
  # All that the table has.
  module Workloads
    class << self
      def all = @all ||= [ *leaks, *ways_to_keep, *caches, *stays, *together ]

      # @raise [KeyError] that names those there are
      def fetch(name)
        all.find { |workload| workload.name == name } || raise(KeyError, "no workload #{name}; there are #{all.map(&:name).join(", ")}")
      end

      # A leak of five objects in one request of a hundred, as the default finds it.
      def named(requests, pace)
        Workload.new("named", [ leak("objects", 5, 0.01) ], mode: :budget, parts: Part.paced(requests, pace))
      end

      private
        def leaks
          [ Workload.new("leak of 1 in 50 %", [ leak("objects", 1, 0.5) ]),
            Workload.new("leak of 1 in 1 %", [ leak("objects", 1, 0.01) ], mode: 0.5),
            Workload.new("leak of 5 in 10 %", [ leak("objects", 5, 0.1) ]),
            Workload.new("leak of 5 in 50 %, much sampled", [ leak("objects", 5, 0.5) ], mode: 0.5),
            Workload.new("leak of 20 in 10 %", [ leak("objects", 20, 0.1) ]),
            Workload.new("leak of 20 in 10 %, budget", [ leak("objects", 20, 0.1) ], mode: :budget, parts: Part.paced(20_000, 120)),
            Workload.new("leak of 100 in 5 %", [ leak("objects", 100, 0.05) ], mode: 0.2),
            Workload.new("leak of 100 in 0.1 %", [ leak("objects", 100, 0.001) ], mode: 0.6, parts: Part.in_two(14_000, 6_000)),
            Workload.new("leak of 1000 in 1 %", [ leak("objects", 1000, 0.01) ], mode: 0.4),
            Workload.new("8 KB strings in 10 %", [ leak("strings", 8192, 0.1) ]) ]
        end

        def ways_to_keep
          { "closures" => 4, "class_variables" => 3, "thread_locals" => 3, "callbacks" => 2, "default_hashes" => 3,
            "symbols" => 4, "structs" => 3, "frozen_strings" => 3, "records" => 1 }.map do |kind, size|
            Workload.new(kind.tr("_", " "), [ leak(kind, size, 0.1) ])
          end
        end

        def caches
          [ Workload.new("LRU cache, filling", [ filling_cache(0.4) ]),
            Workload.new("LRU cache, full", [ Endpoint.cache("lru", 100, 1_000_000, 0.4, %w[ holding ]) ]),
            Workload.new("memoization", [ Endpoint.cache("memo", 0, 1_000, 0.4, %w[ filling ]) ]),
            Workload.new("memoization, soon done", [ Endpoint.cache("memo", 0, 25, 0.2, %w[ clean filling ]) ]) ]
        end

        def stays
          [ Workload.new("sessions of a minute", [ Endpoint.stay("visit", 60, 0.2, %w[ holding ]) ], mode: 0.2),
            Workload.new("batches", [ Endpoint.stay("batch", 200, 0.4, %w[ holding clean ]) ]),
            Workload.new("connection pool warming", [ Endpoint.stay("pool", 0, 0.2, %w[ clean filling ]) ]),
            Workload.new("bloat of 25 MB", [ Endpoint.stay("bloat", 25, 0.02, %w[ clean ]) ], mode: 0.3),
            Workload.new("none", []),
            Workload.new("none, budget", [], mode: :budget, parts: Part.paced(20_000, 120)) ]
        end

        def together
          [ Workload.new("several leaks", [ leak("objects", 20, 0.05), leak("strings", 8192, 0.1), leak("structs", 2, 0.02),
                                            leak("closures", 3, 0.2) ], mode: 0.2),
            Workload.new("leak beside bloat and a cache", [ leak("objects", 11, 0.1), Endpoint.stay("bloat", 25, 0.01, %w[ clean ]),
                                                            filling_cache(0.3) ], mode: 0.2) ]
        end

        def leak(...) = Endpoint.leak(...)
        def filling_cache(share) = Endpoint.cache("lru", 1_000, 1_000, share, %w[ filling ])
    end
  end
end
