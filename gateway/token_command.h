/* `afterword token`: API tokens from the command line. */
#ifndef AFTERWORD_TOKEN_COMMAND_H
#define AFTERWORD_TOKEN_COMMAND_H
int token_main(int argc, char **argv); /* argv[0] is "token"; returns the exit status */
#endif
