"""Channels, pumps, transporters, water paths and exchanges: one small file each."""
