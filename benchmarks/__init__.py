"""How fast Satchel is beside peers that do the same work, measured by one command: `make bench`.

`rounds` holds the method, `workloads` what is asked, `contenders` who answers; docs/performance.md explains them.
"""
