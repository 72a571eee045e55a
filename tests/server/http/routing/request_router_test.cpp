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

Response text(std::string body) {
  Response answer;
  answer.body = std::move(body);
  return answer;
}

Async<Response> what(Request& request, std::string name) {
  std::string all = name + " " + request.path;
  for (const Field& field : request.path_parameters) all += " " + field.name + "=" + field.value;
  co_return text(all);
}

Handler says(std::string name) {
  return [name](Request& request) { return what(request, name); };
}

Async<Response> noted(Request& request, const Handler* next, std::string name) {
  const std::string before = request.path;
  Response answer = co_await (*next)(request);
  std::string* body = std::get_if<std::string>(&answer.body);
  if (body != nullptr) *body = name + "(" + *body + ")";
  if (request.path != before) answer.status = 599;
  co_return answer;
}

Middleware notes(std::string name) {
  return [name](Request& request, const Handler& next) { return noted(request, &next, name); };
}

Async<void> hand(const Router& router, Request& request, Response& into) {
  into = co_await router.handle(request);
}

Response ask(const Router& router, Method method, std::string path) {
  asio::io_context context;
  Request request;
  request.method = method;
  request.path = std::move(path);
  Response answer;
  asio::co_spawn(context, hand(router, request, answer), asio::detached);
  context.run();
  return answer;
}

std::string body(const Router& router, Method method, std::string path) {
  const Response answer = ask(router, method, std::move(path));
  const auto* text = std::get_if<std::string>(&answer.body);
  return std::to_string(answer.status) + " " + (text == nullptr ? "-" : *text);
}

Router site() {
  Router inner;
  inner.use(notes("inner"));
  inner.on(Method::get, "/", says("root"));
  inner.on(Method::get, "/{id}", says("one"));
  Router middle;
  middle.on(Method::get, "/plain", says("plain"));
  middle.use(notes("middle"));
  middle.mount("/deep", std::move(inner));
  Router router;
  router.on(Method::get, "/songs/{id}/parts/{name}", says("part"));
  router.on(Method::get, "/songs/{id}", says("song"));
  router.on(Method::get, "/songs/new", says("new"));
  router.on(Method::post, "/songs/{id}", says("post"));
  router.use(notes("a"));
  router.use(notes("b"));
  router.mount("/m", std::move(middle));
  return router;
}

TEST(Router, FindsWhoAnswers) {
  const Router router = site();
  EXPECT_EQ(body(router, Method::get, "/songs/7"), "200 a(b(song /songs/7 id=7))");
  EXPECT_EQ(body(router, Method::get, "/songs/new"), "200 a(b(new /songs/new))");
  EXPECT_EQ(body(router, Method::post, "/songs/new"), "200 a(b(post /songs/new id=new))");
  EXPECT_EQ(body(router, Method::head, "/songs/7"), "200 a(b(song /songs/7 id=7))");
  EXPECT_EQ(body(router, Method::get, "/songs/7/parts/x y"),
            "200 a(b(part /songs/7/parts/x y id=7 name=x y))");
}

TEST(Router, SaysWhatIsNotThere) {
  const Router router = site();
  EXPECT_EQ(ask(router, Method::get, "/nowhere").status, 404U);
  const Response refused = ask(router, Method::del, "/songs/7");
  EXPECT_EQ(refused.status, 405U);
  const Response asked = ask(router, Method::options, "/songs/7");
  EXPECT_EQ(asked.status, 204U);
  for (const Response* answer : {&refused, &asked}) {
    bool allow = false;
    for (const Field& field : answer->fields) {
      if (field.name == "Allow") allow = field.value == "GET, HEAD, POST, OPTIONS";
    }
    EXPECT_TRUE(allow);
  }
}

TEST(Router, MountsTakeTheirPrefixOffAndHaveMiddlewareOfTheirOwn) {
  const Router router = site();
  EXPECT_EQ(body(router, Method::get, "/m/plain"), "200 a(b(middle(plain /plain)))");
  EXPECT_EQ(body(router, Method::get, "/m/deep/5"), "200 a(b(middle(inner(one /5 id=5))))");
  EXPECT_EQ(body(router, Method::get, "/m/deep"), "200 a(b(middle(inner(root /))))");
  EXPECT_EQ(ask(router, Method::get, "/m/deep/5/6").status, 404U);
}

TEST(Router, ListsItsRoutes) {
  std::vector<std::string> patterns;
  for (const Route& route : site().routes()) patterns.push_back(route.pattern);
  EXPECT_EQ(patterns, (std::vector<std::string>{"/songs/{id}/parts/{name}", "/songs/{id}", "/songs/new",
                                                "/songs/{id}", "/m/plain", "/m/deep", "/m/deep/{id}"}));
}

Async<Response> throws(Request& request) {
  if (request.path.empty()) co_return text("");
  throw std::runtime_error("a secret");
}

TEST(Router, WhatAHandlerThrowsIs500) {
  Router router;
  router.on(Method::get, "/throws", throws);
  const std::string answer = body(router, Method::get, "/throws");
  EXPECT_TRUE(answer.starts_with("500 ")) << answer;
  EXPECT_EQ(answer.find("secret"), std::string::npos);
}

TEST(Router, MistakesOfAProgramAreThrown) {
  Router router;
  router.on(Method::get, "/a", says("a"));
  EXPECT_THROW(router.on(Method::get, "/a", says("b")), std::invalid_argument);
  EXPECT_THROW(router.on(Method::get, "b", says("b")), std::invalid_argument);
  EXPECT_THROW(router.on(Method::get, "/c", Handler()), std::invalid_argument);
  EXPECT_THROW(router.use(Middleware()), std::invalid_argument);
}

}  // namespace
}  // namespace convert::server
