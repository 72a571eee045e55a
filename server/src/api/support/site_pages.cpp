// SPDX-License-Identifier: MIT
#include "api/handlers.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "api/support/problems.hpp"
#include "api/support/responses.hpp"
#include "api/support/services.hpp"

namespace convert::server::api {
namespace {

constexpr std::string_view kHtmlPage = R"(<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>convertd</title>
<style>
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 44rem; margin: 3rem auto; padding: 0 1rem; }
pre { background: #8881; padding: 1rem; overflow-x: auto; }
</style>
</head>
<body>
<h1>convertd</h1>
<p>This service converts files from one format into another.</p>
<ul>
<li><a href="api/formats">The formats that it reads and writes</a></li>
<li><a href="openapi.json">Its API, as OpenAPI 3.1</a></li>
<li><a href="readyz">Whether it is ready</a></li>
</ul>
<pre>
curl -X POST HERE/api/auth/signup -d username=me -d email=me@example.org -d password1=... -d password2=...
curl -X POST HERE/api/auth/login -d username=me -d password=...
curl -X POST HERE/api/tasks -H "Authorization: Bearer TOKEN" -F newFormat=mp3 -F file=@song.flac
curl HERE/api/tasks -H "Authorization: Bearer TOKEN"
curl HERE/api/tasks/1/output -H "Authorization: Bearer TOKEN" -o song.mp3
</pre>
<p>Or in one request:
<code>curl -T song.flac -X POST
  -H "Authorization: Bearer TOKEN" 'HERE/api/convert?to=mp3' -o song.mp3</code></p>
</body>
</html>
)";

}  // namespace

Async<Outcome<Response>> show_openapi(Services&, Request&) {
  static const auto text = std::make_shared<const std::string>(openapi_text());
  static const std::string tag = text_tag(*text);
  co_return static_text("application/json", text, tag);
}

Async<Outcome<Response>> show_start_page(Services&, Request&) {
  static const auto text = std::make_shared<const std::string>(kHtmlPage);
  static const std::string tag = text_tag(*text);
  co_return static_text("text/html; charset=utf-8", text, tag)
      .with("Content-Security-Policy",
            "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; "
            "frame-ancestors 'none'");
}

}  // namespace convert::server::api
