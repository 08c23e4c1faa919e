/* libsscarddriver.so: Python in this process.  SSCARD_PYTHON is the interpreter, with its
   environment, that the library was built with. */

#define _GNU_SOURCE
#include <Python.h>
#include <dlfcn.h>
#include <pthread.h>
#include <stdlib.h>

#include "request.h"

/* From cffi: the Python side.  Writes the answer with its NUL; the configuration bounds it. */
extern long sscard_dispatch(char *request, long size, char *out);

static pthread_once_t once = PTHREAD_ONCE_INIT;
static int started = 0;

/* A program that loads us privately hides libpython from Python's own extension modules. */
static void show_python(void)
{
    Dl_info found;

    if (dladdr((void *)&Py_IsInitialized, &found) && found.dli_fname != NULL)
        (void)dlopen(found.dli_fname, RTLD_NOW | RTLD_GLOBAL | RTLD_NOLOAD);
}

/* Signals and locale stay with the program: it was there first. */
static void start(void)
{
    PyPreConfig before;
    PyConfig config;
    PyStatus status;

    show_python();
    if (Py_IsInitialized()) {
        started = 1;
        return;
    }
    PyPreConfig_InitPythonConfig(&before);
    before.parse_argv = before.configure_locale = before.coerce_c_locale = 0;
    before.utf8_mode = 1;
    if (PyStatus_Exception(Py_PreInitialize(&before)))
        return;
    PyConfig_InitPythonConfig(&config);
    config.install_signal_handlers = 0;
    config.parse_argv = 0;
    status = PyConfig_SetBytesString(&config, &config.program_name, SSCARD_PYTHON);
    if (!PyStatus_Exception(status))
        status = Py_InitializeFromConfig(&config);
    PyConfig_Clear(&config);
    if (PyStatus_Exception(status))
        return;
    started = 1;
    (void)PyEval_SaveThread();
}

long sscard_forward(const char *name, char *out, const char *kinds, ...)
{
    unsigned char *request;
    va_list values;
    long size, code;

    if (out == NULL)
        return SSCARD_PARAMETER;
    va_start(values, kinds);
    request = sscard_request(name, kinds, values, &size);
    va_end(values);
    *out = 0; /* not before: a program may give one buffer for an argument and the answer */
    if (request == NULL)
        return size;
    if (pthread_once(&once, start) != 0 || !started) {
        free(request);
        return SSCARD_LIBRARY;
    }
    code = sscard_dispatch((char *)request, size, out);
    free(request);
    return code;
}
