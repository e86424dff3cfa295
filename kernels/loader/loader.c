/* Stands for NVIDIA's libraries when a program is linked, and opens the real ones when the first of
 * their functions is called.
 *
 * A program that names libcuda.so.1 or libcublas.so.13 as needed does not start where they are not
 * installed. One that is linked with these archives instead starts everywhere: without a driver,
 * every call of it answers "no device", and the program goes on with the CPU. The real library is
 * looked for as the system does (LD_LIBRARY_PATH, then the system's folders) and then in the
 * folder `cuda` beside the program.
 *
 * Compiled once a library, by kernels/loader/build; names.h has the names of its functions and,
 * in trampolines.S, a trampoline for each that jumps through `ivendor_LIBRARY_table`. */

#define _GNU_SOURCE
#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "names.h" /* LIBRARY, SONAME, ABSENT, FUNCTIONS, function_names */

#define JOIN_(a, b, c) a##b##c
#define JOIN(a, b, c) JOIN_(a, b, c)
#define TABLE JOIN(ivendor_, LIBRARY, _table)
#define RESOLVE JOIN(ivendor_, LIBRARY, _resolve)

extern void *TABLE[FUNCTIONS] __attribute__((visibility("hidden")));

static void *library;
static pthread_once_t opened = PTHREAD_ONCE_INIT;

/* The folder `cuda` beside the program. */
static void *beside_the_program(void)
{
    char path[4096];
    ssize_t length = readlink("/proc/self/exe", path, sizeof path - 64);
    if (length <= 0)
        return NULL;
    path[length] = 0;
    char *slash = strrchr(path, '/');
    snprintf(slash ? slash : path, 64, "/cuda/%s", SONAME);
    return dlopen(path, RTLD_NOW | RTLD_GLOBAL);
}

static void open_library(void)
{
    library = dlopen(SONAME, RTLD_NOW | RTLD_GLOBAL);
    if (!library)
        library = beside_the_program();
}

/* What every function answers while its library is not there. */
static long absent(void)
{
    return ABSENT;
}

#ifdef DRIVER
/* An error must have a name even where nothing else is there: cudarc asks for it. */
static int absent_name(int error, const char **name)
{
    *name = error == ABSENT ? "CUDA_ERROR_NO_DEVICE" : "CUDA_ERROR_UNKNOWN";
    return 0;
}

static int absent_words(int error, const char **words)
{
    *words = error == ABSENT ? "no driver of NVIDIA is installed (libcuda.so.1)" : "unknown error";
    return 0;
}
#endif

/* What stands for a function that cannot be had. */
static void *substitute(const char *name)
{
#ifdef DRIVER
    if (!library && !strcmp(name, "cuGetErrorName"))
        return (void *)absent_name;
    if (!library && !strcmp(name, "cuGetErrorString"))
        return (void *)absent_words;
#endif
    if (library)
        fprintf(stderr, "error: %s has no %s; it is too old for this program\n", SONAME, name);
    return (void *)absent;
}

/* The address of function number `index`; its trampoline goes there from now on. */
__attribute__((visibility("hidden"))) void *RESOLVE(unsigned long index)
{
    pthread_once(&opened, open_library);
    void *address = library ? dlsym(library, function_names[index]) : NULL;
    if (!address)
        address = substitute(function_names[index]);
    __atomic_store_n(&TABLE[index], address, __ATOMIC_RELEASE);
    return address;
}
