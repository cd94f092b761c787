/* Serves what was compiled in. */
#ifndef AFTERWORD_ASSETS_HANDLER_H
#define AFTERWORD_ASSETS_HANDLER_H

#include "gateway/http/http.h"

http_handler assets_handle;

#endif
