// A Node addon of one function: how many bytes of the C heap are in use. There, other than in the resident set, a few
// hundred bytes that are left behind in each of many rounds can be told from none.
#include <malloc.h>
#include <stddef.h>

// The part of Node-API that is needed, so that no headers are.
typedef void *napi_env, *napi_value, *napi_callback_info;
typedef napi_value (*napi_callback)(napi_env, napi_callback_info);
int napi_create_double(napi_env, double, napi_value *);
int napi_create_function(napi_env, const char *, size_t, napi_callback, void *, napi_value *);

static napi_value allocated(napi_env env, napi_callback_info info) {
  (void)info;
  struct mallinfo2 heap = mallinfo2();
  napi_value result = NULL;
  napi_create_double(env, (double)(heap.uordblks + heap.hblkhd), &result);
  return result;
}

napi_value napi_register_module_v1(napi_env env, napi_value exports) {
  (void)exports;
  napi_value function = NULL;
  napi_create_function(env, "allocated", sizeof "allocated" - 1, allocated, NULL, &function);
  return function;
}
