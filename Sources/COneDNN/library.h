#ifndef CONEDNN_LIBRARY_H
#define CONEDNN_LIBRARY_H

#include <oneapi/dnnl/dnnl.h>
#include <stdbool.h>
#include <stdint.h>

#include "onednn.h"

// What differs between oneDNN 2 and 3: descriptors of memory are structs in 2, handles in 3, and a
// product is described in one step less in 3. `layout` owns one in either.

#if DNNL_VERSION_MAJOR >= 3
typedef dnnl_memory_desc_t layout;
typedef const_dnnl_memory_desc_t layout_ref;
#define LAYOUT_REF(l) (l)
#else
typedef dnnl_memory_desc_t layout;
typedef const dnnl_memory_desc_t *layout_ref;
#define LAYOUT_REF(l) (&(l))
#endif

/// The processor; one for the whole program.
dnnl_engine_t library_engine(void);

/// Keeps the library to the calling thread from now on.
void library_on_one_thread(void);

/// The library's name of a type.
dnnl_data_type_t library_type(onednn_type type);

/// A matrix with strides, or in an order that the library may choose.
bool layout_strided(
    layout *l, dnnl_data_type_t type, int64_t rows, int64_t columns, int64_t down,
    int64_t across);
bool layout_any(layout *l, dnnl_data_type_t type, int64_t rows, int64_t columns);
bool layout_copy(layout *l, layout_ref from);

/// The width of the blocks of columns that a matrix lies in, one after the other; 0 for any other order.
int64_t layout_block_width(layout_ref l);

/// Whether in each of those the elements of two rows alternate.
bool layout_has_pairs(layout_ref l);
void layout_free(layout *l);

/// The description of c (+)= a · b.
bool product_description(
    dnnl_primitive_desc_t *d, layout_ref a, layout_ref b, layout_ref c, bool accumulate);

#endif
