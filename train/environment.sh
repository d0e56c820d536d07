# Allocator settings that make training on a CPU about 1.4 times faster: memory is kept instead of given back after every update. To be sourced.
export MALLOC_MMAP_THRESHOLD_=4294967296 MALLOC_TRIM_THRESHOLD_=17179869184 GLIBC_TUNABLES=glibc.malloc.hugetlb=1
