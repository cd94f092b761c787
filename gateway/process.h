/* Exit statuses by which a worker tells its supervisor why it ended. */
#ifndef AFTERWORD_PROCESS_H
#define AFTERWORD_PROCESS_H

#define EXIT_CANNOT_LISTEN 3 /* the address is taken or not ours: starting again would not help */

#endif
