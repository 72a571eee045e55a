// SPDX-License-Identifier: MIT
#include "conformance/accounts.hpp"

namespace convert::conformance {
namespace {

AccountStoreBackend sqlite(std::string name, Durability durability) {
  const auto open = [durability](const std::filesystem::path& folder) {
    return server::sqlite_account_store(folder / "accounts.db", durability);
  };
  return {std::move(name), open};
}

AccountStoreBackend memory() {
  const auto open = [](const std::filesystem::path&) -> Result<std::shared_ptr<AccountStore>> {
    return server::memory_account_store();
  };
  return {"memory", open, false, false};
}

}  // namespace

INSTANTIATE_TEST_SUITE_P(Memory, AccountStoreSuite, testing::Values(memory()), name_of_account_store);
INSTANTIATE_TEST_SUITE_P(Sqlite, AccountStoreSuite,
                         testing::Values(sqlite("power", Durability::power),
                                         sqlite("process", Durability::process)),
                         name_of_account_store);

}  // namespace convert::conformance
