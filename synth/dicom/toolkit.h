// SPDX-License-Identifier: Apache-2.0
/// Process-wide state of DCMTK.
#pragma once

namespace radforge::dicom {

/// Enters the decoders and silences DCMTK's own log, which names nothing that our errors do not. Thread-safe;
/// only the first call acts.
void prepare_toolkit();

}  // namespace radforge::dicom
