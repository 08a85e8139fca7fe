# frozen_string_literal: true

Rails.application.routes.draw do
  root "guide#show"

  resources :orders, only: %i[ index show create ] do
    get "preview", on: :member
  end

  namespace :admin do
    get "reports/:year", to: "reports#show", as: :report, constraints: { year: /\d{4}/ }
  end

  scope "memory", controller: "memory", as: "memory" do
    get "retain"
    get "release"
    get "churn"
    get "stream"
    get "raise", action: "raise_error"
    get "sleep"
    get "bystander"
    get "stats"
    get "report"
  end
  get "memory/live", to: "live_memory#show"

  # What reaches no controller of the application: a plain Rack response, a mounted Rack application
  # and, where Rails has it, its own health check.
  get "health", to: ->(_env) { [ 200, { "content-type" => "text/plain" }, [ "ok\n" ] ] }
  mount MountedApplication.new => "/mounted"
  get "up", to: "rails/health#show" if defined?(Rails::HealthController)
end
