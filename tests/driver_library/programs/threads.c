/* Loads the library privately, as Java and others do, and calls it from many threads.  Prints the
   answer of one call, and what other programs' mistakes give. */

#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#define THREADS 8
#define CALLS 3

typedef long (*basic_function)(int, char *);
typedef long (*read_function)(int, int, char *, char *, char *);

static basic_function basic;
static char expected[16384];

static void *calling(void *unused)
{
    char out[16384];
    long wrong = 0;

    (void)unused;
    for (int i = 0; i < CALLS; i++)
        wrong += basic(1, out) != 0 || strcmp(out, expected) != 0;
    return (void *)wrong;
}

int main(int count, char **words)
{
    pthread_t threads[THREADS];
    static char endless[70000], out[16384];
    long wrong = 0;
    void *library = dlopen(words[count - 1], RTLD_NOW | RTLD_LOCAL);

    if (library == NULL) {
        puts(dlerror());
        return 1;
    }
    basic = (basic_function)dlsym(library, "iReadCardBas");
    printf("%ld\n", basic(1, expected));
    printf("%s\n", expected);
    for (int i = 0; i < THREADS; i++)
        pthread_create(&threads[i], NULL, calling, NULL);
    for (int i = 0; i < THREADS; i++) {
        void *found;
        pthread_join(threads[i], &found);
        wrong += (long)found;
    }
    printf("%ld\n", wrong);
    read_function reading = (read_function)dlsym(library, "iReadCard");
    memset(endless, 'x', sizeof endless - 1);
    printf("%ld %ld ", basic(1, NULL), reading(1, 1, NULL, out, out));
    printf("%ld %ld\n", reading(1, 1, endless, out, out), basic(9, out));
    return 0;
}
