"""Compiled kernels for AVX-512."""
