# SPDX-License-Identifier: MIT
"""The machines of the cluster: network namespaces, and the servers that run in them."""
