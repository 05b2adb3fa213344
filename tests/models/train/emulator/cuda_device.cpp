// SPDX-License-Identifier: Apache-2.0
// A CUDA device for a LibTorch that has none: preloaded into a program, it gives tensors memory of a device
// of its own and runs every operator by its CPU kernel. What would meet tensors of two devices on a GPU fails
// here, too, and memory that was never written holds NaN. Written against LibTorch 1.13; speed, streams and
// cuDNN are beyond it.
#include <ATen/ATen.h>
#include <ATen/EmptyTensor.h>
#include <ATen/core/dispatch/Dispatcher.h>
#include <ATen/detail/CUDAHooksInterface.h>
#include <c10/core/impl/DeviceGuardImplInterface.h>
#include <torch/library.h>

#include <cstdlib>
#include <cstring>
#include <set>
#include <string>
#include <vector>

namespace {

using c10::DispatchKey;
using c10::DispatchKeySet;
using c10::IValue;
using c10::optional;

const at::Device kDevice(at::kCUDA, 0);
const DispatchKeySet kCudaKeys(DispatchKey::CUDA), kCpuKeys(DispatchKey::CPU);

struct Memory final : at::Allocator {
    at::DataPtr allocate(size_t bytes) const override {
        constexpr size_t kAlignment = 64;
        void* const start =
            bytes ? std::aligned_alloc(kAlignment, (bytes + kAlignment - 1) / kAlignment * kAlignment)
                  : nullptr;
        if (start) std::memset(start, 0xff, bytes);
        return {start, start, &std::free, kDevice};
    }
    c10::DeleterFnPtr raw_deleter() const override { return &std::free; }
};
Memory memory;

at::Tensor tensor_in(c10::Storage storage, DispatchKeySet keys, const at::Tensor& like) {
    at::Tensor out = at::detail::make_tensor<c10::TensorImpl>(std::move(storage), keys, like.dtype());
    c10::TensorImpl& impl = *out.unsafeGetTensorImpl();
    impl.set_sizes_and_strides(like.sizes(), like.strides());
    impl.set_storage_offset(like.storage_offset());
    if (like.unsafeGetTensorImpl()->is_wrapped_number()) impl.set_wrapped_number(true);
    return out;
}

/// The bytes of a tensor of the device as a tensor of the CPU.
at::Tensor on_cpu(const at::Tensor& t) {
    return tensor_in({c10::Storage::use_byte_size_t(), t.storage().nbytes(),
                      at::DataPtr(t.storage().data(), at::Device(at::kCPU)), at::getCPUAllocator(), true},
                     kCpuKeys, t);
}

/// Memory of the CPU, as the device's.
at::DataPtr adopted(const at::Tensor& cpu) {
    return {cpu.storage().data(), new at::Tensor(cpu),
            [](void* held) { delete static_cast<at::Tensor*>(held); }, kDevice};
}

/// An operator's tensors on their way to the CPU kernel and back.
class Passage {
public:
    /// @param widen  whether bfloat16 goes as float: Debian's oneDNN transposes no convolution of halves
    explicit Passage(bool widen) : widen_(widen) {}

    at::Tensor there(const at::Tensor& t) {
        if (!t.defined()) return t;
        if (!t.is_cuda()) {
            met_cpu_ |= t.dim() > 0;
            return t;
        }
        met_device_ = true;
        if (widen_ && t.scalar_type() == at::kBFloat16) {
            widened_ = true;
            return on_cpu(t).to(at::kFloat);
        }
        for (const Pair& p : pairs_)
            if (p.device.is_same(t)) return p.cpu;
        pairs_.push_back({t, on_cpu(t)});
        return pairs_.back().cpu;
    }
    at::Tensor back(const at::Tensor& t) const {
        if (!t.defined() || !t.device().is_cpu()) return t;
        for (const Pair& p : pairs_)
            if (p.cpu.is_same(t)) return p.device;
        for (const Pair& p : pairs_)  // a view
            if (t.numel() && t.storage().unsafeGetStorageImpl() == p.cpu.storage().unsafeGetStorageImpl())
                return tensor_in(p.device.storage(), kCudaKeys, t);
        const at::Tensor out = widened_ ? t.to(at::kBFloat16) : t;
        return tensor_in(
            {c10::Storage::use_byte_size_t(), out.storage().nbytes(), adopted(out), &memory, true}, kCudaKeys,
            out);
    }
    bool mixes_devices() const { return met_device_ && met_cpu_; }
    /// Results that the kernel has given another size.
    void keep_sizes() const {
        for (const Pair& p : pairs_) {
            if (p.cpu.storage().data() != p.device.storage().data()) {
                p.device.storage().set_data_ptr_noswap(adopted(p.cpu));
                p.device.storage().set_nbytes(p.cpu.storage().nbytes());
            }
            p.device.unsafeGetTensorImpl()->set_sizes_and_strides(p.cpu.sizes(), p.cpu.strides());
        }
    }

private:
    struct Pair {
        at::Tensor device, cpu;
    };
    std::vector<Pair> pairs_;
    bool widen_, widened_ = false, met_device_ = false, met_cpu_ = false;
};

template <class Convert>
IValue converted(const IValue& value, Convert convert) {
    if (value.isTensor()) return convert(value.toTensor());
    if (value.isTensorList()) {
        c10::List<at::Tensor> out;
        for (const at::Tensor& t : value.toTensorVector()) out.push_back(convert(t));
        return out;
    }
    if (value.isOptionalTensorList()) {
        c10::List<optional<at::Tensor>> out;
        for (const optional<at::Tensor>& t : value.toOptionalTensorVector())
            out.push_back(t ? optional<at::Tensor>(convert(*t)) : t);
        return out;
    }
    return value.isDevice() ? IValue(at::Device(at::kCPU)) : value;
}

void by_cpu_kernel(const c10::OperatorHandle& op, torch::jit::Stack* stack) {
    const std::string& name = op.schema().name();
    static const std::set<std::string> indexing = {"aten::index", "aten::index_put_",
                                                   "aten::_index_put_impl_"};
    Passage passage(name == "aten::_convolution" || name == "aten::convolution_backward");
    for (size_t i = stack->size() - op.schema().arguments().size(); i < stack->size(); ++i)
        (*stack)[i] = converted((*stack)[i], [&](const at::Tensor& t) { return passage.there(t); });
    TORCH_CHECK(!passage.mixes_devices() || indexing.count(name),
                "expected all tensors to be on the same device: ", name);
    op.redispatchBoxed(kCpuKeys, stack);
    passage.keep_sizes();
    for (size_t i = stack->size() - op.schema().returns().size(); i < stack->size(); ++i)
        (*stack)[i] = converted((*stack)[i], [&](const at::Tensor& t) { return passage.back(t); });
}

at::Tensor empty(at::IntArrayRef size, optional<at::ScalarType> type, optional<at::Layout>,
                 optional<at::Device>, optional<bool>, optional<at::MemoryFormat> format) {
    return at::detail::empty_generic(size, &memory, kCudaKeys, c10::dtype_or_default(type), format);
}
at::Tensor empty_strided(at::IntArrayRef size, at::IntArrayRef stride, optional<at::ScalarType> type,
                         optional<at::Layout>, optional<at::Device>, optional<bool>) {
    return at::detail::empty_strided_generic(size, stride, &memory, kCudaKeys, c10::dtype_or_default(type));
}
at::Tensor& copy(at::Tensor& to, const at::Tensor& from, bool) {
    at::Tensor target = to.is_cuda() ? on_cpu(to) : to;
    target.copy_(from.is_cuda() ? on_cpu(from) : from);
    return to;
}
at::Scalar item(const at::Tensor& t) { return on_cpu(t).item(); }

struct Guard final : c10::impl::DeviceGuardImplInterface {
    static constexpr at::DeviceType static_type = at::kCUDA;
    at::DeviceType type() const override { return at::kCUDA; }
    at::Device exchangeDevice(at::Device) const override { return kDevice; }
    at::Device getDevice() const override { return kDevice; }
    void setDevice(at::Device) const override {}
    void uncheckedSetDevice(at::Device) const noexcept override {}
    c10::Stream getStream(at::Device) const noexcept override { return stream(); }
    c10::Stream exchangeStream(c10::Stream) const noexcept override { return stream(); }
    at::DeviceIndex deviceCount() const noexcept override { return 1; }

private:
    static c10::Stream stream() { return c10::Stream(c10::Stream::DEFAULT, kDevice); }
};
C10_REGISTER_GUARD_IMPL(CUDA, Guard);

struct Hooks final : at::CUDAHooksInterface {
    explicit Hooks(at::CUDAHooksArgs) {}
    void initCUDA() const override {}
    bool hasCUDA() const override { return true; }
    bool hasCUDART() const override { return true; }
    int getNumGPUs() const override { return 1; }
    int64_t current_device() const override { return 0; }
    bool hasPrimaryContext(int64_t) const override { return true; }
    void deviceSynchronize(int64_t) const override {}
    const at::Generator& getDefaultCUDAGenerator(at::DeviceIndex) const override {
        return at::detail::getDefaultCPUGenerator();
    }
};

}  // namespace

namespace at {
C10_REGISTER_TYPED_CLASS(CUDAHooksRegistry, "CUDAHooks", ::Hooks)
}

TORCH_LIBRARY_IMPL(_, CUDA, library) {
    library.fallback(torch::CppFunction::makeFromBoxedFunction<&by_cpu_kernel>());
}
TORCH_LIBRARY_IMPL(aten, CUDA, library) {
    library.impl("empty.memory_format", TORCH_FN(empty));
    library.impl("empty_strided", TORCH_FN(empty_strided));
    library.impl("copy_", TORCH_FN(copy));
    library.impl("_local_scalar_dense", TORCH_FN(item));
    // They would look for kernels of CUDA by themselves.
    for (const char* const name : {"_convolution", "convolution_backward"})
        library.impl(name, torch::CppFunction::makeFromBoxedFunction<&by_cpu_kernel>());
}
