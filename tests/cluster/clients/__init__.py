# SPDX-License-Identifier: MIT
"""The load: users behind the balancer, who retry with the same Idempotency-Key."""
