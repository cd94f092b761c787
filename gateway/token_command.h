/* `afterword token`: API tokens from the command line. */
#ifndef AFTERWORD_TOKEN_COMMAND_H
#define AFTERWORD_TOKEN_COMMAND_H

#include <stdio.h>

int token_main(int argc, char **argv); /* argv[0] is "token"; returns the exit status */
void token_help(FILE *to);             /* its flags and the scopes */

#endif
