# SPDX-License-Identifier: BSD-3-Clause
"""Test programs and libraries that are compiled by the test which needs them."""

import os
import shutil
import subprocess

import rig


def compilers():
    return [name for name in ("gcc", "clang") if shutil.which(name)]


def compile_c(compiler, output, sources, *options):
    """Compiles sources, which are paths inside the project."""
    subprocess.run([compiler, *options, "-Wall", "-Wextra", "-o", output,
                    *(os.path.join(rig.ROOT, source) for source in sources)], check=True,
                   timeout=60)


def preloaded(source, directory):
    """The environment in which a program gets functions of tests/e2e/SOURCE instead of its own."""
    library = os.path.join(directory, source + ".so")
    if not os.path.exists(library):
        compile_c(compilers()[0], library, [f"tests/e2e/{source}"], "-shared", "-fPIC",
                  "-D_GNU_SOURCE")
    # the library of the address sanitizer wants to be the first one
    return {"LD_PRELOAD": library, "ASAN_OPTIONS": "verify_asan_link_order=0"}
