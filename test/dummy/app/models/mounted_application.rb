# frozen_string_literal: true

# A Rack application that knows nothing of Rails.
class MountedApplication
  def call(env)
    [ 200, { "content-type" => "text/plain" }, [ "mounted at #{env["SCRIPT_NAME"]}, asked for #{env["PATH_INFO"]}\n" ] ]
  end
end
