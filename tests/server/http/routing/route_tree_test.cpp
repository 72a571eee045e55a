// SPDX-License-Identifier: MIT
#include "http/routing/route_tree.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

namespace convert::server::http {
namespace {

/// "3 id=7", "mount 1 /rest", "405 GET, HEAD, OPTIONS" or "404".
std::string find_text(const RouteTree& tree, Method method, const std::string& path) {
  const auto match = tree.find(method, path);
  std::string text = match.allow.empty() ? "404" : "405 " + match.allow;
  if (match.mount) text = "mount " + std::to_string(*match.mount) + ' ' + std::string(match.remaining_path);
  if (match.route) text = std::to_string(*match.route);
  for (const Field& parameter : match.parameters) text += ' ' + parameter.name + '=' + parameter.value;
  return text;
}

RouteTree song_routes() {
  RouteTree tree;
  tree.add(Method::get, "/", 0);
  tree.add(Method::get, "/songs", 1);
  tree.add(Method::post, "/songs", 2);
  tree.add(Method::get, "/songs/{id}", 3);
  tree.add(Method::del, "/songs/{song}", 4);
  tree.add(Method::get, "/songs/new", 5);
  tree.add(Method::get, "/songs/{id}/parts/{name}", 6);
  tree.add(Method::get, "/songs/new/list", 7);
  return tree;
}

TEST(RouteTree, FindsRoutes) {
  const RouteTree tree = song_routes();
  EXPECT_EQ(find_text(tree, Method::get, "/"), "0");
  EXPECT_EQ(find_text(tree, Method::get, "/songs"), "1");
  EXPECT_EQ(find_text(tree, Method::post, "/songs"), "2");
  EXPECT_EQ(find_text(tree, Method::get, "/songs/7"), "3 id=7");
  EXPECT_EQ(find_text(tree, Method::del, "/songs/7"), "4 song=7");
  EXPECT_EQ(find_text(tree, Method::get, "/songs/7/parts/a b"), "6 id=7 name=a b");
}

TEST(RouteTree, PrefersFixedSegments) {
  const RouteTree tree = song_routes();
  EXPECT_EQ(find_text(tree, Method::get, "/songs/new"), "5");
  EXPECT_EQ(find_text(tree, Method::get, "/songs/new/list"), "7");
  EXPECT_EQ(find_text(tree, Method::get, "/songs/new/parts/x"), "6 id=new name=x");
  EXPECT_EQ(find_text(tree, Method::del, "/songs/new"), "4 song=new");
}

TEST(RouteTree, ReportsUnknownPaths) {
  const RouteTree tree = song_routes();
  for (const char* path : {"", "*", "songs", "//", "/songs/", "/songs//parts/x", "/songs/7/parts",
                           "/songs/7/parts/", "/song", "/songs/7/", "/songs/7/parts/x/y", "/Songs"}) {
    EXPECT_EQ(find_text(tree, Method::get, path), "404") << path;
  }
}

TEST(RouteTree, ReportsAllowedMethods) {
  const RouteTree tree = song_routes();
  EXPECT_EQ(find_text(tree, Method::head, "/songs/7"), "3 id=7");
  EXPECT_EQ(find_text(tree, Method::put, "/songs"), "405 GET, HEAD, POST, OPTIONS");
  EXPECT_EQ(find_text(tree, Method::options, "/songs"), "405 GET, HEAD, POST, OPTIONS");
  EXPECT_EQ(find_text(tree, Method::other, "/songs"), "405 GET, HEAD, POST, OPTIONS");
  EXPECT_EQ(find_text(tree, Method::put, "/songs/new"), "405 GET, HEAD, DELETE, OPTIONS");
  EXPECT_EQ(find_text(tree, Method::del, "/"), "405 GET, HEAD, OPTIONS");
}

TEST(RouteTree, AllowsAHandlerForHead) {
  RouteTree tree;
  tree.add(Method::head, "/a", 1);
  tree.add(Method::get, "/a", 2);
  tree.add(Method::options, "/a", 3);
  EXPECT_EQ(find_text(tree, Method::head, "/a"), "1");
  EXPECT_EQ(find_text(tree, Method::options, "/a"), "3");
}

TEST(RouteTree, FindsMounts) {
  RouteTree tree;
  tree.add(Method::get, "/api/own", 1);
  tree.add(Method::get, "/{any}/x", 2);
  tree.mount("/api", 10);
  tree.mount("/api/deep", 11);
  EXPECT_EQ(find_text(tree, Method::get, "/api/own"), "1");
  EXPECT_EQ(find_text(tree, Method::put, "/api/own"), "mount 10 /own");
  EXPECT_EQ(find_text(tree, Method::get, "/api"), "mount 10 /");
  EXPECT_EQ(find_text(tree, Method::get, "/api/"), "mount 10 /");
  EXPECT_EQ(find_text(tree, Method::get, "/api/deep/a/b"), "mount 11 /a/b");
  EXPECT_EQ(find_text(tree, Method::get, "/api/x"), "2 any=api");
  EXPECT_EQ(find_text(tree, Method::get, "/apix"), "404");
  tree.mount("/", 12);
  EXPECT_EQ(find_text(tree, Method::get, "/apix/y"), "mount 12 /apix/y");
  EXPECT_EQ(find_text(tree, Method::get, "/"), "mount 12 /");
}

TEST(RouteTree, RejectsInvalidPatterns) {
  RouteTree tree = song_routes();
  for (const char* pattern :
       {"", "a", "/a/", "//", "/{}", "/{a", "/a}", "/x{a}", "/{a}/{a}", "/songs", "/songs/{x}"}) {
    EXPECT_THROW(tree.add(Method::get, pattern, 1), std::invalid_argument) << pattern;
  }
  EXPECT_THROW(tree.add(Method::other, "/y", 1), std::invalid_argument);
  tree.mount("/m", 1);
  for (const char* prefix : {"", "m", "/m", "/{a}", "/m/"}) {
    EXPECT_THROW(tree.mount(prefix, 2), std::invalid_argument) << prefix;
  }
}

TEST(RouteTree, BacktracksAsNeeded) {
  RouteTree tree;
  tree.add(Method::get, "/a/a/a/a/b", 1);
  tree.add(Method::get, "/{1}/{2}/{3}/{4}/c", 2);
  tree.add(Method::get, "/a/{2}/a/{4}/d", 3);
  EXPECT_EQ(find_text(tree, Method::get, "/a/a/a/a/b"), "1");
  EXPECT_EQ(find_text(tree, Method::get, "/a/a/a/a/c"), "2 1=a 2=a 3=a 4=a");
  EXPECT_EQ(find_text(tree, Method::get, "/a/a/a/a/d"), "3 2=a 4=a");
  EXPECT_EQ(find_text(tree, Method::get, "/a/a/a/a/e"), "404");
}

}  // namespace
}  // namespace convert::server::http
