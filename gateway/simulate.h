/* `afterword simulate`: a phone in the terminal, for channels of the built-in carrier. */
#ifndef AFTERWORD_SIMULATE_H
#define AFTERWORD_SIMULATE_H

#include <stdio.h>

int simulate_main(int argc, char **argv); /* argv[0] is the subcommand; returns the exit status */
void simulate_help(FILE *to);             /* its flags, a line each */

#endif
