// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <convert/server/router.hpp>
#include <stdexcept>
#include <string>

namespace convert::server {
namespace {

Response text_response(std::string body) {
  Response response;
  response.body = std::move(body);
  return response;
}

Async<Response> describe(Request& request, std::string name) {
  std::string all = name + " " + request.path;
  for (const Field& field : request.path_parameters) all += " " + field.name + "=" + field.value;
  co_return text_response(all);
}

Handler describing_handler(std::string name) {
  return [name](Request& request) { return describe(request, name); };
}

Async<Response> record_call(Request& request, const Handler* next, std::string name) {
  const std::string before = request.path;
  Response response = co_await (*next)(request);
  std::string* body = std::get_if<std::string>(&response.body);
  if (body != nullptr) *body = name + "(" + *body + ")";
  if (request.path != before) response.status = 599;
  co_return response;
}

Middleware recording_middleware(std::string name) {
  return [name](Request& request, const Handler& next) { return record_call(request, &next, name); };
}

Async<void> handle_into(const Router& router, Request& request, Response& into) {
  into = co_await router.handle(request);
}

Response route_request(const Router& router, Method method, std::string path) {
  asio::io_context context;
  Request request;
  request.method = method;
  request.path = std::move(path);
  Response response;
  asio::co_spawn(context, handle_into(router, request, response), asio::detached);
  context.run();
  return response;
}

std::string routed_body(const Router& router, Method method, std::string path) {
  const Response response = route_request(router, method, std::move(path));
  const auto* text = std::get_if<std::string>(&response.body);
  return std::to_string(response.status) + " " + (text == nullptr ? "-" : *text);
}

Router test_router() {
  Router inner;
  inner.use(recording_middleware("inner"));
  inner.on(Method::get, "/", describing_handler("root"));
  inner.on(Method::get, "/{id}", describing_handler("one"));
  Router middle;
  middle.on(Method::get, "/plain", describing_handler("plain"));
  middle.use(recording_middleware("middle"));
  middle.mount("/deep", std::move(inner));
  Router router;
  router.on(Method::get, "/songs/{id}/parts/{name}", describing_handler("part"));
  router.on(Method::get, "/songs/{id}", describing_handler("song"));
  router.on(Method::get, "/songs/new", describing_handler("new"));
  router.on(Method::post, "/songs/{id}", describing_handler("post"));
  router.use(recording_middleware("a"));
  router.use(recording_middleware("b"));
  router.mount("/m", std::move(middle));
  return router;
}

TEST(Router, CallsTheMatchingHandler) {
  const Router router = test_router();
  EXPECT_EQ(routed_body(router, Method::get, "/songs/7"), "200 a(b(song /songs/7 id=7))");
  EXPECT_EQ(routed_body(router, Method::get, "/songs/new"), "200 a(b(new /songs/new))");
  EXPECT_EQ(routed_body(router, Method::post, "/songs/new"), "200 a(b(post /songs/new id=new))");
  EXPECT_EQ(routed_body(router, Method::head, "/songs/7"), "200 a(b(song /songs/7 id=7))");
  EXPECT_EQ(routed_body(router, Method::get, "/songs/7/parts/x y"),
            "200 a(b(part /songs/7/parts/x y id=7 name=x y))");
}

TEST(Router, RespondsToUnknownRoutes) {
  const Router router = test_router();
  EXPECT_EQ(route_request(router, Method::get, "/nowhere").status, 404U);
  const Response refused = route_request(router, Method::del, "/songs/7");
  EXPECT_EQ(refused.status, 405U);
  const Response request = route_request(router, Method::options, "/songs/7");
  EXPECT_EQ(request.status, 204U);
  for (const Response* response : {&refused, &request}) {
    bool allow = false;
    for (const Field& field : response->fields) {
      if (field.name == "Allow") allow = field.value == "GET, HEAD, POST, OPTIONS";
    }
    EXPECT_TRUE(allow);
  }
}

TEST(Router, MountsStripPrefixAndKeepMiddleware) {
  const Router router = test_router();
  EXPECT_EQ(routed_body(router, Method::get, "/m/plain"), "200 a(b(middle(plain /plain)))");
  EXPECT_EQ(routed_body(router, Method::get, "/m/deep/5"), "200 a(b(middle(inner(one /5 id=5))))");
  EXPECT_EQ(routed_body(router, Method::get, "/m/deep"), "200 a(b(middle(inner(root /))))");
  EXPECT_EQ(route_request(router, Method::get, "/m/deep/5/6").status, 404U);
}

TEST(Router, ListsRoutes) {
  std::vector<std::string> patterns;
  for (const Route& route : test_router().routes()) patterns.push_back(route.pattern);
  EXPECT_EQ(patterns, (std::vector<std::string>{"/songs/{id}/parts/{name}", "/songs/{id}", "/songs/new",
                                                "/songs/{id}", "/m/plain", "/m/deep", "/m/deep/{id}"}));
}

Async<Response> throw_in_handler(Request& request) {
  if (request.path.empty()) co_return text_response("");
  throw std::runtime_error("a secret");
}

TEST(Router, ExceptionInHandlerBecomes500) {
  Router router;
  router.on(Method::get, "/throws", throw_in_handler);
  const std::string response = routed_body(router, Method::get, "/throws");
  EXPECT_TRUE(response.starts_with("500 ")) << response;
  EXPECT_EQ(response.find("secret"), std::string::npos);
}

TEST(Router, ThrowsForInvalidRoutes) {
  Router router;
  router.on(Method::get, "/a", describing_handler("a"));
  EXPECT_THROW(router.on(Method::get, "/a", describing_handler("b")), std::invalid_argument);
  EXPECT_THROW(router.on(Method::get, "b", describing_handler("b")), std::invalid_argument);
  EXPECT_THROW(router.on(Method::get, "/c", Handler()), std::invalid_argument);
  EXPECT_THROW(router.use(Middleware()), std::invalid_argument);
}

}  // namespace
}  // namespace convert::server
