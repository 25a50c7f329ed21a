"""Compiled kernels for the plain instruction set of the platform."""
