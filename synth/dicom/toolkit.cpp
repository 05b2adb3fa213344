// SPDX-License-Identifier: Apache-2.0
#include "synth/dicom/toolkit.h"

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dcrledrg.h>
#include <dcmtk/dcmjpeg/djdecode.h>
#include <dcmtk/dcmjpls/djdecode.h>
#include <dcmtk/oflog/oflog.h>

namespace radforge::dicom {
namespace {

struct Toolkit {
    Toolkit() {
        OFLog::configure(OFLogger::OFF_LOG_LEVEL);
        DcmRLEDecoderRegistration::registerCodecs();
        DJDecoderRegistration::registerCodecs();
        DJLSDecoderRegistration::registerCodecs();
    }
};

}  // namespace

void prepare_toolkit() { static const Toolkit toolkit; }

}  // namespace radforge::dicom
