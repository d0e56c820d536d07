# What makes training on a CPU faster, see README.md, "Speed". To be sourced.

# Memory is kept instead of given back after every update.
export MALLOC_MMAP_THRESHOLD_=4294967296 MALLOC_TRIM_THRESHOLD_=17179869184 GLIBC_TUNABLES=glibc.malloc.hugetlb=1

# On AMD's processors MKL takes kernels that are slower for tall, narrow matrices, unless its own question about the maker is answered for it.
if grep -q AuthenticAMD /proc/cpuinfo 2>/dev/null; then
  answer="${XDG_CACHE_HOME:-$HOME/.cache}/crossmamba/mkl-answer.so"
  mkdir -p "$(dirname "$answer")"
  if [ -f "$answer" ] || echo 'int mkl_serv_intel_cpu_true(void) { return 1; }' | cc -shared -fPIC -x c - -o "$answer"; then
    export LD_PRELOAD="$answer${LD_PRELOAD:+:$LD_PRELOAD}"
  fi
  unset answer
fi
