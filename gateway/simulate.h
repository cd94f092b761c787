/* `afterword simulate`: a phone in the terminal, for channels of the built-in carrier. */
#ifndef AFTERWORD_SIMULATE_H
#define AFTERWORD_SIMULATE_H

int simulate_main(int argc, char **argv); /* argv[0] is the subcommand; returns the exit status */

#endif
