// SPDX-License-Identifier: Apache-2.0
/// Owners of CUDA resources; private to projector_cuda.cu.
#pragma once
#include "synth/base/error.h"

#include <cuda_runtime.h>

#include <string>
#include <utility>
#include <vector>

namespace radforge::xray {

inline void check_cuda(cudaError_t status, const char* doing) {
    if (status == cudaSuccess) return;
    const bool memory = status == cudaErrorMemoryAllocation;
    throw Error(ErrorKind::Failed, std::string(doing) + ": " + cudaGetErrorString(status))
        .where("CUDA")
        .hint(memory
                  ? "the volume or the batch does not fit the GPU: project fewer views at once or on the CPU"
                  : "check the driver with nvidia-smi, or use the CPU");
}

/// `count` values of T on the device.
template <class T>
class DeviceArray {
public:
    DeviceArray() = default;
    explicit DeviceArray(size_t count) : count_(count) {
        if (count) check_cuda(cudaMalloc(reinterpret_cast<void**>(&data_), count * sizeof(T)), "allocation");
    }
    explicit DeviceArray(const std::vector<T>& values) : DeviceArray(values.size()) {
        upload(values.data(), count_);
    }
    ~DeviceArray() { cudaFree(data_); }
    DeviceArray(DeviceArray&& other) noexcept
        : data_(std::exchange(other.data_, nullptr)), count_(std::exchange(other.count_, 0)) {}
    DeviceArray& operator=(DeviceArray&& other) noexcept {
        std::swap(data_, other.data_);
        std::swap(count_, other.count_);
        return *this;
    }

    void upload(const T* from, size_t count) {
        if (count) check_cuda(cudaMemcpy(data_, from, count * sizeof(T), cudaMemcpyHostToDevice), "upload");
    }
    void download(T* to, size_t first, size_t count) const {
        if (count)
            check_cuda(cudaMemcpy(to, data_ + first, count * sizeof(T), cudaMemcpyDeviceToHost), "download");
    }
    void clear() {
        if (count_) check_cuda(cudaMemset(data_, 0, count_ * sizeof(T)), "clearing");
    }
    T* data() const { return data_; }
    size_t size() const { return count_; }

private:
    T* data_ = nullptr;
    size_t count_ = 0;
};

/// A volume behind a trilinear texture unit: zero outside, coordinates in voxels with centres at halves.
class VolumeTexture {
public:
    VolumeTexture() = default;
    VolumeTexture(const float* values, int nx, int ny, int nz) {
        const cudaChannelFormatDesc format = cudaCreateChannelDesc<float>();
        check_cuda(cudaMalloc3DArray(&array_, &format, make_cudaExtent(size_t(nx), size_t(ny), size_t(nz))),
                   "texture allocation");
        cudaMemcpy3DParms copy{};
        copy.srcPtr = make_cudaPitchedPtr(const_cast<float*>(values), size_t(nx) * sizeof(float), size_t(nx),
                                          size_t(ny));
        copy.dstArray = array_;
        copy.extent = make_cudaExtent(size_t(nx), size_t(ny), size_t(nz));
        copy.kind = cudaMemcpyHostToDevice;
        check_cuda(cudaMemcpy3D(&copy), "texture upload");
        cudaResourceDesc resource{};
        resource.resType = cudaResourceTypeArray;
        resource.res.array.array = array_;
        cudaTextureDesc texture{};
        texture.filterMode = cudaFilterModeLinear;
        texture.readMode = cudaReadModeElementType;
        for (cudaTextureAddressMode& mode : texture.addressMode) mode = cudaAddressModeBorder;
        check_cuda(cudaCreateTextureObject(&object_, &resource, &texture, nullptr), "texture");
    }
    ~VolumeTexture() {
        if (object_) cudaDestroyTextureObject(object_);
        if (array_) cudaFreeArray(array_);
    }
    VolumeTexture(const VolumeTexture&) = delete;
    VolumeTexture& operator=(VolumeTexture&& other) noexcept {
        std::swap(array_, other.array_);
        std::swap(object_, other.object_);
        return *this;
    }
    cudaTextureObject_t object() const { return object_; }

private:
    cudaArray_t array_ = nullptr;
    cudaTextureObject_t object_ = 0;
};

}  // namespace radforge::xray
