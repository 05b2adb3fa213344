// SPDX-License-Identifier: Apache-2.0
/// The part of the CUDA runtime that the projector uses, on the CPU: a machine without a GPU runs the
/// kernels, too, thread after thread. Kernels that share memory or wait for one another are beyond it.
///
/// It is stricter than a GPU: memory of the device is open to kernels and copies alone, holds no numbers
/// until it is written, and ends at a page that nobody may touch; threads and blocks run in the order
/// opposite to the usual one. What breaks these rules ends the test. It cannot see a kernel read the host's
/// memory.
#pragma once
#include <sys/mman.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <mutex>
#include <utility>
#include <vector>

#define __global__
#define __device__
#define __host__
#define __launch_bounds__(threads)

struct dim3 {
    unsigned x, y, z;
    dim3(unsigned x_ = 1, unsigned y_ = 1, unsigned z_ = 1) : x(x_), y(y_), z(z_) {}
};
inline dim3 threadIdx, blockIdx;

enum cudaError_t {
    cudaSuccess,
    cudaErrorInvalidConfiguration,
    cudaErrorMemoryAllocation,
};
enum cudaMemcpyKind { cudaMemcpyHostToDevice, cudaMemcpyDeviceToHost };

namespace emulated_cuda {

constexpr size_t kPage = 4096;

[[noreturn]] inline void stop(const char* why) {
    std::fprintf(stderr, "emulated CUDA: %s\n", why);
    std::abort();
}

/// Allocations by their addresses.
struct Memory {
    struct Block {
        char* pages;
        size_t page_bytes, bytes;
    };
    std::map<char*, Block> blocks;

    void protect(int how) const {
        for (const auto& entry : blocks) mprotect(entry.second.pages, entry.second.page_bytes, how);
    }
    bool holds(const void* first, size_t bytes) const {
        char* const at = static_cast<char*>(const_cast<void*>(first));
        const auto next = blocks.upper_bound(at);
        if (next == blocks.begin()) return false;
        const auto& [start, block] = *std::prev(next);
        return at + bytes <= start + block.bytes;
    }
};
inline Memory& memory() {
    static Memory all;
    return all;
}
inline cudaError_t& last_error() {
    thread_local cudaError_t error = cudaSuccess;
    return error;
}

inline std::mutex& device() {
    static std::mutex one;
    return one;
}

/// The device's memory is open as long as this lives, to one thread of the program.
class Access {
public:
    Access() : turn_(device()) { memory().protect(PROT_READ | PROT_WRITE); }
    ~Access() { memory().protect(PROT_NONE); }

private:
    std::lock_guard<std::mutex> turn_;
};

/// What kernel<<<grid, threads>>>(...) becomes. The limits are those of all compute capabilities.
template <class Thread>
void launch(dim3 grid, unsigned threads, Thread thread) {
    if (std::min({grid.x, grid.y, grid.z, threads}) == 0 || std::max(grid.y, grid.z) > 65535 ||
        grid.x > 0x7fffffff || threads > 1024) {
        last_error() = cudaErrorInvalidConfiguration;
        return;
    }
    const Access access;
    for (blockIdx.z = grid.z; blockIdx.z-- > 0;)
        for (blockIdx.y = grid.y; blockIdx.y-- > 0;)
            for (blockIdx.x = grid.x; blockIdx.x-- > 0;)
                for (threadIdx.x = threads; threadIdx.x-- > 0;) thread();
}

}  // namespace emulated_cuda

inline const char* cudaGetErrorString(cudaError_t error) {
    return error == cudaSuccess                     ? "no error"
           : error == cudaErrorInvalidConfiguration ? "invalid configuration argument"
                                                    : "out of memory";
}
inline cudaError_t cudaGetLastError() { return std::exchange(emulated_cuda::last_error(), cudaSuccess); }
inline cudaError_t cudaDeviceSynchronize() { return cudaSuccess; }
inline cudaError_t cudaGetDeviceCount(int* count) {
    *count = 1;
    return cudaSuccess;
}

template <class T>
cudaError_t cudaMalloc(T** out, size_t bytes) {
    using namespace emulated_cuda;
    const size_t open = (bytes + kPage - 1) / kPage * kPage;
    void* const pages =
        mmap(nullptr, open + kPage, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (pages == MAP_FAILED) return cudaErrorMemoryAllocation;
    char* const first = static_cast<char*>(pages);
    std::fill_n(static_cast<uint16_t*>(pages), open / 2, uint16_t(0x7fc0));  // floats NaN, integers vast
    mprotect(first, open + kPage, PROT_NONE);
    char* const start = first + open - bytes;
    const std::lock_guard<std::mutex> turn(device());
    memory().blocks[start] = {first, open, bytes};
    *out = reinterpret_cast<T*>(start);
    return cudaSuccess;
}
inline cudaError_t cudaFree(void* start) {
    using namespace emulated_cuda;
    if (!start) return cudaSuccess;
    const std::lock_guard<std::mutex> turn(device());
    const auto found = memory().blocks.find(static_cast<char*>(start));
    if (found == memory().blocks.end()) stop("freed what was not allocated");
    munmap(found->second.pages, found->second.page_bytes + kPage);
    memory().blocks.erase(found);
    return cudaSuccess;
}
inline cudaError_t cudaMemcpy(void* to, const void* from, size_t bytes, cudaMemcpyKind kind) {
    using namespace emulated_cuda;
    const bool up = kind == cudaMemcpyHostToDevice;
    const Access access;
    if (!memory().holds(up ? to : from, bytes)) stop("copied beyond an allocation");
    if (memory().holds(up ? from : to, 1)) stop("copied in the wrong direction");
    std::memcpy(to, from, bytes);
    return cudaSuccess;
}
inline cudaError_t cudaMemset(void* to, int byte, size_t bytes) {
    using namespace emulated_cuda;
    const Access access;
    if (!memory().holds(to, bytes)) stop("cleared beyond an allocation");
    std::memset(to, byte, bytes);
    return cudaSuccess;
}

// Time is the GPU's own matter.
struct cudaEvent;
using cudaEvent_t = cudaEvent*;
inline cudaError_t cudaEventCreate(cudaEvent_t*) { emulated_cuda::stop("events are not emulated"); }
inline cudaError_t cudaEventRecord(cudaEvent_t) { return cudaSuccess; }
inline cudaError_t cudaEventElapsedTime(float*, cudaEvent_t, cudaEvent_t) { return cudaSuccess; }
inline cudaError_t cudaEventDestroy(cudaEvent_t) { return cudaSuccess; }

struct cudaChannelFormatDesc {};
template <class T>
cudaChannelFormatDesc cudaCreateChannelDesc() {
    return {};
}
struct cudaExtent {
    size_t width, height, depth;
};
inline cudaExtent make_cudaExtent(size_t width, size_t height, size_t depth) {
    return {width, height, depth};
}
struct cudaArray {
    cudaExtent extent;
    std::vector<float> texels;
    size_t place(size_t x, size_t y, size_t z) const { return (z * extent.height + y) * extent.width + x; }
};
using cudaArray_t = cudaArray*;
inline cudaError_t cudaMalloc3DArray(cudaArray_t* out, const cudaChannelFormatDesc*, cudaExtent extent) {
    *out = new cudaArray{extent, std::vector<float>(extent.width * extent.height * extent.depth, NAN)};
    return cudaSuccess;
}
inline cudaError_t cudaFreeArray(cudaArray_t array) {
    delete array;
    return cudaSuccess;
}

struct cudaPitchedPtr {
    void* ptr;
    size_t pitch, xsize, ysize;
};
inline cudaPitchedPtr make_cudaPitchedPtr(void* start, size_t pitch, size_t xsize, size_t ysize) {
    return {start, pitch, xsize, ysize};
}
struct cudaMemcpy3DParms {
    cudaPitchedPtr srcPtr;
    cudaArray_t dstArray;
    cudaExtent extent;
    cudaMemcpyKind kind;
};
inline cudaError_t cudaMemcpy3D(const cudaMemcpy3DParms* copy) {
    const cudaPitchedPtr& from = copy->srcPtr;
    for (size_t z = 0; z < copy->extent.depth; ++z)
        for (size_t y = 0; y < copy->extent.height; ++y)
            std::memcpy(&copy->dstArray->texels.at(copy->dstArray->place(0, y, z)),
                        static_cast<const char*>(from.ptr) + (z * from.ysize + y) * from.pitch,
                        copy->extent.width * sizeof(float));
    return cudaSuccess;
}

enum cudaTextureAddressMode {
    cudaAddressModeWrap,
    cudaAddressModeClamp,
    cudaAddressModeMirror,
    cudaAddressModeBorder
};
enum cudaTextureFilterMode { cudaFilterModePoint, cudaFilterModeLinear };
enum cudaTextureReadMode { cudaReadModeElementType };
enum cudaResourceType { cudaResourceTypeArray };
struct cudaResourceDesc {
    cudaResourceType resType;
    struct {
        struct {
            cudaArray_t array;
        } array;
    } res;
};
struct cudaTextureDesc {
    cudaTextureAddressMode addressMode[3];
    cudaTextureFilterMode filterMode;
    cudaTextureReadMode readMode;
};
using cudaTextureObject_t = const cudaArray*;
inline cudaError_t cudaCreateTextureObject(cudaTextureObject_t* out, const cudaResourceDesc* resource,
                                           const cudaTextureDesc* texture, std::nullptr_t) {
    for (const cudaTextureAddressMode mode : texture->addressMode)
        if (mode != cudaAddressModeBorder)
            emulated_cuda::stop("only textures with zeros outside are emulated");
    if (texture->filterMode != cudaFilterModeLinear)
        emulated_cuda::stop("only trilinear textures are emulated");
    *out = resource->res.array.array;
    return cudaSuccess;
}
inline cudaError_t cudaDestroyTextureObject(cudaTextureObject_t) { return cudaSuccess; }

/// Weights have 8 bits behind the point: CUDA C++ Programming Guide, "Texture Fetching", linear filtering.
template <class T>
T tex3D(cudaTextureObject_t texture, float x, float y, float z) {
    const float at[3] = {x - .5f, y - .5f, z - .5f};
    const long size[3] = {long(texture->extent.width), long(texture->extent.height),
                          long(texture->extent.depth)};
    T sum = 0;
    for (int corner = 0; corner < 8; ++corner) {
        float weight = 1;
        size_t texel[3];
        for (int k = 0; k < 3; ++k) {
            const float lower = std::floor(at[k]), upper = std::round((at[k] - lower) * 256) / 256;
            const int side = corner >> k & 1;
            const long i = long(lower) + side;
            weight *= i < 0 || i >= size[k] ? 0 : side ? upper : 1 - upper;
            texel[k] = size_t(std::clamp(i, 0L, size[k] - 1));
        }
        sum += weight * texture->texels[texture->place(texel[0], texel[1], texel[2])];
    }
    return sum;
}

using std::max;
using std::min;
inline unsigned long long atomicAdd(unsigned long long* sum, unsigned long long value) {
    return std::exchange(*sum, *sum + value);
}
inline float __fmaf_rn(float a, float b, float c) { return std::fma(a, b, c); }
inline long long __double2ll_rn(double value) { return std::llrint(value); }
