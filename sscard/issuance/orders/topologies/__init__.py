"""Topologies: who makes what and when numbers come, for example banks."""
